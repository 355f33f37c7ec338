CREATE TRIGGER IF NOT EXISTS main._billing_team_check_insert BEFORE INSERT ON team
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'team', NEW.team_id, NEW.account_id, NEW.name), NEW.team_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_check_update BEFORE UPDATE ON team
BEGIN
  SELECT RAISE(ABORT, 'team: refused') WHERE NOT billing_valid_row(
    'team', NEW.team_id, NEW.account_id, NEW.name, OLD.team_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_check_delete BEFORE DELETE ON team
BEGIN
  SELECT RAISE(ABORT, 'team: refused') WHERE NOT billing_unused('team', OLD.team_id);
END;
