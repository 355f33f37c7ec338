-- What was used. Names an api, a sku and a client that need not be known yet.
CREATE TABLE IF NOT EXISTS main.usage(
  usage_id    INTEGER PRIMARY KEY,
  client_id   TEXT NOT NULL,
  api         TEXT NOT NULL,
  sku         TEXT,
  quantity    REAL NOT NULL DEFAULT 1,
  occurred_at TIMESTAMP NOT NULL,
  outcome     TEXT NOT NULL DEFAULT 'success',
  user_id     TEXT,
  label       TEXT,
  source_id   TEXT UNIQUE                -- the loader's own key: loading twice changes nothing
);
