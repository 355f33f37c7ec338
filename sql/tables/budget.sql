-- Tokens that usage may cost in a time: of a team, an app, a user, a label, or of what fits
-- several.
CREATE TABLE IF NOT EXISTS main.budget(
  budget_id INTEGER PRIMARY KEY,
  team_id   TEXT,                        -- here and below NULL: any
  client_id TEXT,
  user_id   TEXT,
  label     TEXT,
  tokens    REAL NOT NULL,
  starts_at TIMESTAMP NOT NULL,
  ends_at   TIMESTAMP,                   -- NULL: without end
  note      TEXT,
  source_id TEXT UNIQUE                  -- the loader's own key: loading twice changes nothing
);

CREATE INDEX IF NOT EXISTS main._billing_budget_by_team ON budget(team_id);
CREATE INDEX IF NOT EXISTS main._billing_budget_by_app ON budget(client_id);
