-- The owner pays for an app until a team is assigned.

CREATE TRIGGER IF NOT EXISTS main.app_mark_insert AFTER INSERT ON app
BEGIN
  UPDATE billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.app_mark_update AFTER UPDATE OF client_id, account_id ON app
BEGIN
  INSERT INTO mark_payers VALUES (OLD.account_id, NULL);
  INSERT INTO mark_payers VALUES (NEW.account_id, NULL);
  UPDATE billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.app_mark_delete AFTER DELETE ON app
BEGIN
  INSERT INTO mark_payers VALUES (OLD.account_id, NULL);
  UPDATE billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.app_replace_insert BEFORE INSERT ON app
WHEN EXISTS (SELECT 1 FROM app WHERE client_id = NEW.client_id AND account_id IS NOT NEW.account_id)
BEGIN
  INSERT INTO mark_payers SELECT account_id, NULL FROM app WHERE client_id = NEW.client_id;
  INSERT INTO mark_payers VALUES (NEW.account_id, NULL);
END;
