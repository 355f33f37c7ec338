-- Why a usage of a closed period was not paid at once.
CREATE TABLE IF NOT EXISTS main._billing_closed_debt(
  wallet_id INTEGER NOT NULL,
  at_ms     INTEGER NOT NULL,
  usage_id  INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  PRIMARY KEY (wallet_id, at_ms, usage_id)
) WITHOUT ROWID;
