CREATE TRIGGER IF NOT EXISTS main.api_alias_check_insert BEFORE INSERT ON api_alias
BEGIN
  SELECT RAISE(ABORT, 'api_alias: refused') WHERE NOT billing_valid_api_alias(
    NEW.alias, NEW.api,
    NEW.api IN (SELECT api FROM api),
    EXISTS (SELECT 1 FROM api WHERE api = NEW.alias COLLATE NOCASE),
    EXISTS (SELECT 1 FROM api_alias WHERE alias = NEW.alias COLLATE NOCASE AND alias <> NEW.alias));
  INSERT INTO key_taken_by SELECT 'api_alias.alias', NEW.alias FROM api_alias
    WHERE alias = NEW.alias
      AND api IS NOT NEW.api;
END;

CREATE TRIGGER IF NOT EXISTS main.api_alias_check_update BEFORE UPDATE ON api_alias
BEGIN
  SELECT RAISE(ABORT, 'api_alias: refused') WHERE NOT billing_valid_api_alias(
    NEW.alias, NEW.api,
    NEW.api IN (SELECT api FROM api),
    EXISTS (SELECT 1 FROM api WHERE api = NEW.alias COLLATE NOCASE),
    EXISTS (
      SELECT 1 FROM api_alias
      WHERE alias = NEW.alias COLLATE NOCASE AND alias NOT IN (NEW.alias, OLD.alias)));
END;
