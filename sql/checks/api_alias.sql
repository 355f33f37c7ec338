CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_check_insert BEFORE INSERT ON api_alias
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new('api_alias', NEW.alias, NEW.api), NEW.alias);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_check_update BEFORE UPDATE ON api_alias
BEGIN
  SELECT RAISE(ABORT, 'api_alias: refused') WHERE NOT billing_valid_row(
    'api_alias', NEW.alias, NEW.api, OLD.alias);
END;
