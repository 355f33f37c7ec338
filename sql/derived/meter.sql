-- What a wallet has used of an api and sku whose price depends on it (tiers, carry), after each
-- usage.
CREATE TABLE IF NOT EXISTS main._billing_meter(
  wallet_id   INTEGER NOT NULL,
  api         TEXT NOT NULL,
  sku         TEXT NOT NULL,             -- '' for usage without a sku
  at_ms       INTEGER NOT NULL,
  reading     INTEGER NOT NULL,          -- 1, 2, … : orders the usage of one instant
  month       INTEGER NOT NULL,          -- months since 1970
  month_micro INTEGER NOT NULL,          -- millionths of quantity billed in that month
  carry_micro INTEGER NOT NULL,          -- and not billed yet
  PRIMARY KEY (wallet_id, api, sku, at_ms, reading)
) WITHOUT ROWID;
