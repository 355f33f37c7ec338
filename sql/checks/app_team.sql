CREATE TRIGGER IF NOT EXISTS main.app_team_check_insert BEFORE INSERT ON app_team
BEGIN
  SELECT RAISE(ABORT, 'app_team: refused') WHERE NOT billing_valid_app_team(
    NEW.client_id, NEW.team_id, NEW.assigned_at,
    EXISTS (SELECT 1 FROM app WHERE client_id = NEW.client_id),
    EXISTS (SELECT 1 FROM team WHERE team_id = NEW.team_id));
END;

CREATE TRIGGER IF NOT EXISTS main.app_team_check_update BEFORE UPDATE ON app_team
BEGIN
  SELECT RAISE(ABORT, 'app_team: refused') WHERE NOT billing_valid_app_team(
    NEW.client_id, NEW.team_id, NEW.assigned_at,
    EXISTS (SELECT 1 FROM app WHERE client_id = NEW.client_id),
    EXISTS (SELECT 1 FROM team WHERE team_id = NEW.team_id));
END;
