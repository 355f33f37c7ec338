CREATE TABLE IF NOT EXISTS main.app(
  client_id  TEXT NOT NULL PRIMARY KEY,
  name       TEXT,
  account_id TEXT NOT NULL               -- the owner
);
