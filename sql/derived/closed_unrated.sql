-- Usage that had no rate at a close, as it is read from its instant, but not before the close
-- before that one (from_ms: what was recorded later for a time before it was not there), until
-- closed_ms.
CREATE TABLE IF NOT EXISTS main._billing_closed_unrated(
  usage_id    INTEGER NOT NULL,
  closed_ms   INTEGER NOT NULL,
  from_ms     INTEGER NOT NULL,
  wallet_id   INTEGER NOT NULL,
  client_id   TEXT NOT NULL,
  api         TEXT NOT NULL,
  sku         TEXT,
  quantity    REAL NOT NULL,
  occurred_at TIMESTAMP NOT NULL,
  user_id     TEXT,
  label       TEXT,
  PRIMARY KEY (usage_id, closed_ms)
) WITHOUT ROWID;
