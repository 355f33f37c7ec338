-- From assigned_at on the team pays for the app, until the next row.
CREATE TABLE IF NOT EXISTS main.app_team(
  client_id   TEXT NOT NULL,
  team_id     TEXT NOT NULL,
  assigned_at TIMESTAMP NOT NULL,
  PRIMARY KEY (client_id, assigned_at)
);
