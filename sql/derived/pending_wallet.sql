-- Wallets to settle again, and from when.
CREATE TABLE IF NOT EXISTS main._billing_pending_wallet(
  wallet_id INTEGER PRIMARY KEY,         -- 0: every wallet
  from_ms   INTEGER NOT NULL
);
