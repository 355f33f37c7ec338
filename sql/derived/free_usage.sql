-- Usage that costs nothing, and why.
CREATE TABLE IF NOT EXISTS main._billing_free_usage(
  wallet_id INTEGER NOT NULL,
  at_ms     INTEGER NOT NULL,
  usage_id  INTEGER NOT NULL,
  status    TEXT NOT NULL,               -- 'free' 'trial' 'excluded'
  PRIMARY KEY (wallet_id, at_ms, usage_id)
) WITHOUT ROWID;
