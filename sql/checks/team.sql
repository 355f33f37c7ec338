CREATE TRIGGER IF NOT EXISTS main.team_check_insert BEFORE INSERT ON team
BEGIN
  SELECT RAISE(ABORT, 'team: refused') WHERE NOT billing_valid_team(
    NEW.team_id, NEW.account_id, NEW.name,
    NEW.account_id IN (SELECT account_id FROM account));
  INSERT INTO key_taken_by SELECT 'team.team_id', NEW.team_id FROM team
    WHERE team_id = NEW.team_id
      AND (account_id, name)
      IS NOT (NEW.account_id, NEW.name);
END;

CREATE TRIGGER IF NOT EXISTS main.team_check_update BEFORE UPDATE ON team
BEGIN
  INSERT INTO unused_team SELECT OLD.team_id WHERE NEW.team_id IS NOT OLD.team_id;
  SELECT RAISE(ABORT, 'team: refused') WHERE NOT billing_valid_team(
    NEW.team_id, NEW.account_id, NEW.name,
    NEW.account_id IN (SELECT account_id FROM account));
END;

CREATE TRIGGER IF NOT EXISTS main.team_check_delete BEFORE DELETE ON team
BEGIN
  INSERT INTO unused_team VALUES (OLD.team_id);
END;
