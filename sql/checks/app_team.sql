CREATE TRIGGER IF NOT EXISTS main.app_team_check_insert BEFORE INSERT ON app_team
BEGIN
  SELECT RAISE(ABORT, 'app_team: refused') WHERE NOT billing_valid_app_team(
    NEW.client_id, NEW.team_id, NEW.assigned_at,
    NEW.client_id IN (SELECT client_id FROM app),
    NEW.team_id IN (SELECT team_id FROM team));
  INSERT INTO key_taken_by SELECT 'app_team.assigned_at', NEW.assigned_at FROM app_team
    WHERE client_id = NEW.client_id AND assigned_at = NEW.assigned_at
      AND team_id IS NOT NEW.team_id;
END;

CREATE TRIGGER IF NOT EXISTS main.app_team_check_update BEFORE UPDATE ON app_team
BEGIN
  SELECT RAISE(ABORT, 'app_team: refused') WHERE NOT billing_valid_app_team(
    NEW.client_id, NEW.team_id, NEW.assigned_at,
    NEW.client_id IN (SELECT client_id FROM app),
    NEW.team_id IN (SELECT team_id FROM team));
END;
