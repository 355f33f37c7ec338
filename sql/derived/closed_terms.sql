-- What a wallet's terms gave in its closed periods, debts aside, as of each instant: written by the
-- close.
CREATE TABLE IF NOT EXISTS main._billing_closed_terms(
  wallet_id INTEGER NOT NULL,
  from_ms   INTEGER NOT NULL,
  to_ms     INTEGER NOT NULL,
  access    INTEGER NOT NULL,            -- enum access: excluded, trial, none, or full
  PRIMARY KEY (wallet_id, from_ms)
) WITHOUT ROWID;
