-- By which facts an instant of a wallet before closed_ms is read (_billing_closed_fact): the first
-- row after the instant.
CREATE TABLE IF NOT EXISTS main._billing_closed_version(
  wallet_id INTEGER NOT NULL,
  closed_ms INTEGER NOT NULL,
  version   INTEGER NOT NULL,
  PRIMARY KEY (wallet_id, closed_ms)
) WITHOUT ROWID;
