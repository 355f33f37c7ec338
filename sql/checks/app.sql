CREATE TRIGGER IF NOT EXISTS main.app_check_insert BEFORE INSERT ON app
BEGIN
  SELECT RAISE(ABORT, 'app: refused') WHERE NOT billing_valid_app(
    NEW.client_id, NEW.name, NEW.account_id,
    EXISTS (SELECT 1 FROM account WHERE account_id = NEW.account_id));
END;

CREATE TRIGGER IF NOT EXISTS main.app_check_update BEFORE UPDATE ON app
BEGIN
  SELECT RAISE(ABORT, 'app: refused') WHERE NOT billing_valid_app(
    NEW.client_id, NEW.name, NEW.account_id,
    EXISTS (SELECT 1 FROM account WHERE account_id = NEW.account_id));
END;

CREATE TRIGGER IF NOT EXISTS main.app_check_rename BEFORE UPDATE ON app
WHEN NEW.client_id IS NOT OLD.client_id
BEGIN
  SELECT RAISE(ABORT, 'app: refused') WHERE NOT billing_unused(
    'app.client_id', OLD.client_id,
    CASE
      WHEN EXISTS (SELECT 1 FROM app_team WHERE client_id = OLD.client_id) THEN 'app_team'
    END);
END;

CREATE TRIGGER IF NOT EXISTS main.app_check_delete BEFORE DELETE ON app
BEGIN
  SELECT RAISE(ABORT, 'app: refused') WHERE NOT billing_unused(
    'app.client_id', OLD.client_id,
    CASE
      WHEN EXISTS (SELECT 1 FROM app_team WHERE client_id = OLD.client_id) THEN 'app_team'
    END);
END;
