CREATE TRIGGER IF NOT EXISTS main._billing_app_team_check_insert BEFORE INSERT ON app_team
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'app_team', NEW.client_id, NEW.team_id, NEW.assigned_at), NEW.assigned_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_check_update BEFORE UPDATE ON app_team
BEGIN
  SELECT RAISE(ABORT, 'app_team: refused') WHERE NOT billing_valid_row(
    'app_team', NEW.client_id, NEW.team_id, NEW.assigned_at);
END;
