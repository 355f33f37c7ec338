CREATE TRIGGER IF NOT EXISTS main.app_team_check_insert BEFORE INSERT ON app_team
BEGIN
  SELECT RAISE(ABORT, 'app_team: refused') WHERE NOT billing_valid_app_team(
    NEW.client_id, NEW.team_id, NEW.assigned_at,
    NEW.client_id IN (SELECT client_id FROM app),
    NEW.team_id IN (SELECT team_id FROM team));
END;

CREATE TRIGGER IF NOT EXISTS main.app_team_check_update BEFORE UPDATE ON app_team
BEGIN
  SELECT RAISE(ABORT, 'app_team: refused') WHERE NOT billing_valid_app_team(
    NEW.client_id, NEW.team_id, NEW.assigned_at,
    NEW.client_id IN (SELECT client_id FROM app),
    NEW.team_id IN (SELECT team_id FROM team));
END;
