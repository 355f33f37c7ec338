-- A team and its number. A wallet outlives its team.
CREATE TABLE IF NOT EXISTS main._billing_wallet(
  wallet_id INTEGER PRIMARY KEY,
  team_id   TEXT NOT NULL UNIQUE
);
