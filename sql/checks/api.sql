CREATE TRIGGER IF NOT EXISTS main.api_check_insert BEFORE INSERT ON api
BEGIN
  SELECT RAISE(ABORT, 'api: refused') WHERE NOT billing_valid_api(
    NEW.api, NEW.name, NEW.premium,
    EXISTS (SELECT 1 FROM api_alias WHERE alias = NEW.api COLLATE NOCASE),
    EXISTS (SELECT 1 FROM api WHERE api = NEW.api COLLATE NOCASE AND api <> NEW.api));
  INSERT INTO key_taken_by SELECT 'api.api', NEW.api FROM api
    WHERE api = NEW.api
      AND (name, premium)
      IS NOT (NEW.name, NEW.premium);
END;

CREATE TRIGGER IF NOT EXISTS main.api_check_update BEFORE UPDATE ON api
BEGIN
  INSERT INTO unused_api SELECT OLD.api WHERE NEW.api IS NOT OLD.api;
  SELECT RAISE(ABORT, 'api: refused') WHERE NOT billing_valid_api(
    NEW.api, NEW.name, NEW.premium,
    EXISTS (SELECT 1 FROM api_alias WHERE alias = NEW.api COLLATE NOCASE),
    EXISTS (
      SELECT 1 FROM api
      WHERE api = NEW.api COLLATE NOCASE AND api NOT IN (NEW.api, OLD.api)));
END;

CREATE TRIGGER IF NOT EXISTS main.api_check_delete BEFORE DELETE ON api
BEGIN
  INSERT INTO unused_api VALUES (OLD.api);
END;
