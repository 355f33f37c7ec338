-- While everything is derived again: wallets with a closed period, and when it ends. Empty between
-- calls.
CREATE TABLE IF NOT EXISTS main._billing_closed(
  wallet_id INTEGER PRIMARY KEY,
  closed_ms INTEGER NOT NULL
);
