-- What a usage owes, from each instant at which that changed.
CREATE TABLE IF NOT EXISTS main._billing_debt(
  wallet_id INTEGER NOT NULL,
  at_ms     INTEGER NOT NULL,            -- when the usage counted
  usage_id  INTEGER NOT NULL,
  since_ms  INTEGER NOT NULL,            -- from here on it owed `units`; at_ms in the first row
  units     INTEGER NOT NULL,
  rated     INTEGER NOT NULL,            -- its whole price
  parts     INTEGER NOT NULL,            -- entries that pay it so far
  PRIMARY KEY (wallet_id, at_ms, usage_id, since_ms)
) WITHOUT ROWID;
