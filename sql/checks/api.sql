CREATE TRIGGER IF NOT EXISTS main._billing_api_check_insert BEFORE INSERT ON api
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new('api', NEW.api, NEW.name, NEW.premium), NEW.api);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_check_update BEFORE UPDATE ON api
BEGIN
  SELECT RAISE(ABORT, 'api: refused') WHERE NOT billing_valid_row(
    'api', NEW.api, NEW.name, NEW.premium, OLD.api);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_check_delete BEFORE DELETE ON api
BEGIN
  SELECT RAISE(ABORT, 'api: refused') WHERE NOT billing_unused('api', OLD.api);
END;
