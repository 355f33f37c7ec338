CREATE TRIGGER IF NOT EXISTS main._billing_app_check_insert BEFORE INSERT ON app
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'app', NEW.client_id, NEW.name, NEW.account_id), NEW.client_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_check_update BEFORE UPDATE ON app
BEGIN
  SELECT RAISE(ABORT, 'app: refused') WHERE NOT billing_valid_row(
    'app', NEW.client_id, NEW.name, NEW.account_id, OLD.client_id);
END;

-- A transfer to another account needs full access on both sides (D100): by all that is known, so it
-- settles first. OR REPLACE can be one as well.
CREATE TRIGGER IF NOT EXISTS main._billing_app_check_transfer BEFORE UPDATE ON app
WHEN NEW.account_id IS NOT OLD.account_id
BEGIN
  INSERT INTO settlement VALUES (NULL);
  SELECT RAISE(ABORT, 'app: refused') WHERE NOT billing_valid_transfer(
    OLD.client_id, OLD.account_id, NEW.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_check_delete BEFORE DELETE ON app
BEGIN
  SELECT RAISE(ABORT, 'app: refused') WHERE NOT billing_unused('app', OLD.client_id);
END;
