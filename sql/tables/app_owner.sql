-- From owned_from on the account owns the app; app.account_id holds before the first row.
CREATE TABLE IF NOT EXISTS main.app_owner(
  client_id  TEXT NOT NULL,
  account_id TEXT NOT NULL,
  owned_from TIMESTAMP NOT NULL,
  PRIMARY KEY (client_id, owned_from)
);
