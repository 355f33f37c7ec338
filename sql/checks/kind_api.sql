CREATE TRIGGER IF NOT EXISTS main.kind_api_check_insert BEFORE INSERT ON kind_api
BEGIN
  SELECT RAISE(ABORT, 'kind_api: refused') WHERE NOT billing_valid_kind_api(
    NEW.kind, NEW.api,
    EXISTS (SELECT 1 FROM token_kind WHERE kind = NEW.kind),
    EXISTS (SELECT 1 FROM api WHERE api = NEW.api));
END;

CREATE TRIGGER IF NOT EXISTS main.kind_api_check_update BEFORE UPDATE ON kind_api
BEGIN
  SELECT RAISE(ABORT, 'kind_api: refused') WHERE NOT billing_valid_kind_api(
    NEW.kind, NEW.api,
    EXISTS (SELECT 1 FROM token_kind WHERE kind = NEW.kind),
    EXISTS (SELECT 1 FROM api WHERE api = NEW.api));
END;
