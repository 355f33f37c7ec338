-- 'Platform Services' given to a user account: before teams, this team pays for the account's apps.
CREATE TABLE IF NOT EXISTS main.product_assignment(
  account_id  TEXT NOT NULL,
  team_id     TEXT NOT NULL,
  assigned_at TIMESTAMP NOT NULL,
  revoked_at  TIMESTAMP,
  PRIMARY KEY (account_id, assigned_at)
);
