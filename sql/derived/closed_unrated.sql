-- Usage that had no rate at a close, as it is read from its instant until closed_ms.
CREATE TABLE IF NOT EXISTS main._billing_closed_unrated(
  usage_id    INTEGER NOT NULL,
  closed_ms   INTEGER NOT NULL,
  wallet_id   INTEGER NOT NULL,
  client_id   TEXT NOT NULL,
  api         TEXT NOT NULL,
  sku         TEXT,
  quantity    REAL NOT NULL,
  occurred_at TIMESTAMP NOT NULL,
  PRIMARY KEY (usage_id, closed_ms)
) WITHOUT ROWID;
