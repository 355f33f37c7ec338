-- The owner pays for an app until a team is assigned.

-- A transfer to another account needs full access on both sides (D100): by all that is known, so it
-- settles first. OR REPLACE can be one as well.
CREATE TRIGGER IF NOT EXISTS main._billing_app_check_transfer BEFORE UPDATE ON app
WHEN NEW.account_id IS NOT OLD.account_id
BEGIN
  INSERT INTO _billing_settlement VALUES (NULL, 0);
  SELECT RAISE(ABORT, 'app: refused') WHERE NOT billing_valid_transfer(
    OLD.client_id, OLD.account_id, NEW.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_mark_insert AFTER INSERT ON app
BEGIN
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_mark_update AFTER UPDATE OF client_id, account_id ON app
BEGIN
  INSERT INTO _billing_mark_payers VALUES (OLD.account_id, NULL);
  INSERT INTO _billing_mark_payers VALUES (NEW.account_id, NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_mark_delete AFTER DELETE ON app
BEGIN
  INSERT INTO _billing_mark_payers VALUES (OLD.account_id, NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_replace_insert BEFORE INSERT ON app
WHEN EXISTS (SELECT 1 FROM app WHERE client_id = NEW.client_id AND account_id IS NOT NEW.account_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE app SET account_id = NEW.account_id WHERE client_id = NEW.client_id AND 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_replace_update BEFORE UPDATE OF client_id ON app
WHEN NEW.client_id <> OLD.client_id
  AND EXISTS (SELECT 1 FROM app WHERE client_id = NEW.client_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM app WHERE client_id = NEW.client_id AND 2 NOT IN _billing_key_taken;
END;
