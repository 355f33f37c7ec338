-- A wallet belongs to a team.
CREATE TABLE IF NOT EXISTS main.team(
  team_id    TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL,
  name       TEXT
);

CREATE INDEX IF NOT EXISTS main._billing_team_by_account ON team(account_id, team_id);
