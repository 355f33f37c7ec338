-- The names that settled usage of a closed period was shown by, where an alias has changed since.
-- `wallet_id` and `at_ms` say which wallet settled it, and when it counts there.
CREATE TABLE IF NOT EXISTS main._billing_closed_name(
  usage_id  INTEGER PRIMARY KEY,
  api       TEXT NOT NULL,
  sku       TEXT,
  wallet_id INTEGER NOT NULL,
  at_ms     INTEGER NOT NULL
);
