-- From starts_at on the account has this agreement; account.agreement holds before the first row.
CREATE TABLE IF NOT EXISTS main.account_agreement(
  account_id TEXT NOT NULL,
  agreement  TEXT NOT NULL,              -- 'flex' or 'eba'
  starts_at  TIMESTAMP NOT NULL,
  PRIMARY KEY (account_id, starts_at)
);
