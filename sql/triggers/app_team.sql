-- From its instant on an assignment takes usage from one payer to another: any that the app ever had. A
-- team that is assigned no more is named, as mark_app does not find it.

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_mark_insert AFTER INSERT ON app_team
BEGIN
  INSERT INTO _billing_mark_app VALUES (NEW.client_id, utc(NEW.assigned_at));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_mark_update AFTER UPDATE ON app_team
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, min(OLD.assigned_at, utc(NEW.assigned_at)));
  INSERT INTO _billing_mark_app VALUES (OLD.client_id, min(OLD.assigned_at, utc(NEW.assigned_at)));
  INSERT INTO _billing_mark_app VALUES (NEW.client_id, min(OLD.assigned_at, utc(NEW.assigned_at)));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_mark_delete AFTER DELETE ON app_team
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, OLD.assigned_at);
  INSERT INTO _billing_mark_app VALUES (OLD.client_id, OLD.assigned_at);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_replace_insert BEFORE INSERT ON app_team
WHEN EXISTS (SELECT 1 FROM app_team
  WHERE client_id = NEW.client_id AND assigned_at = NEW.assigned_at AND team_id IS NOT NEW.team_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE app_team SET team_id = NEW.team_id
  WHERE client_id = NEW.client_id AND assigned_at = NEW.assigned_at AND 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_team_replace_update BEFORE UPDATE OF client_id, assigned_at ON app_team
WHEN (NEW.client_id, NEW.assigned_at) <> (OLD.client_id, OLD.assigned_at)
  AND EXISTS (SELECT 1 FROM app_team WHERE client_id = NEW.client_id AND assigned_at = NEW.assigned_at)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM app_team
    WHERE client_id = NEW.client_id AND assigned_at = NEW.assigned_at AND 2 NOT IN _billing_key_taken;
END;
