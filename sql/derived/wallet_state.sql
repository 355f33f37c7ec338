-- A wallet's debt, and since when it is negative or blocked, from each instant at which that
-- changed.
CREATE TABLE IF NOT EXISTS main._billing_wallet_state(
  wallet_id         INTEGER NOT NULL,
  at_ms             INTEGER NOT NULL,
  debt_units        INTEGER NOT NULL,
  negative_since_ms INTEGER,
  blocked_since_ms  INTEGER,             -- limited since, until support lifts it
  grace_ends_ms     INTEGER,             -- while it is negative
  PRIMARY KEY (wallet_id, at_ms)
) WITHOUT ROWID;
