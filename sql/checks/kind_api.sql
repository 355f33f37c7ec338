CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_check_insert BEFORE INSERT ON kind_api
BEGIN
  SELECT RAISE(ABORT, 'kind_api: refused') WHERE NOT billing_valid_row('kind_api', NEW.kind, NEW.api);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_check_update BEFORE UPDATE ON kind_api
BEGIN
  SELECT RAISE(ABORT, 'kind_api: refused') WHERE NOT billing_valid_row('kind_api', NEW.kind, NEW.api);
END;
