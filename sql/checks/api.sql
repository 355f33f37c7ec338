CREATE TRIGGER IF NOT EXISTS main.api_check_insert BEFORE INSERT ON api
BEGIN
  SELECT RAISE(ABORT, 'api: refused') WHERE NOT billing_valid_api(
    NEW.api, NEW.name, NEW.premium,
    EXISTS (SELECT 1 FROM api_alias WHERE alias = NEW.api COLLATE NOCASE),
    EXISTS (SELECT 1 FROM api WHERE api = NEW.api COLLATE NOCASE AND api <> NEW.api));
END;

CREATE TRIGGER IF NOT EXISTS main.api_check_update BEFORE UPDATE ON api
BEGIN
  SELECT RAISE(ABORT, 'api: refused') WHERE NOT billing_valid_api(
    NEW.api, NEW.name, NEW.premium,
    EXISTS (SELECT 1 FROM api_alias WHERE alias = NEW.api COLLATE NOCASE),
    EXISTS (
      SELECT 1 FROM api
      WHERE api = NEW.api COLLATE NOCASE AND api NOT IN (NEW.api, OLD.api)));
END;

CREATE TRIGGER IF NOT EXISTS main.api_check_rename BEFORE UPDATE ON api
WHEN NEW.api IS NOT OLD.api
BEGIN
  SELECT RAISE(ABORT, 'api: refused') WHERE NOT billing_unused(
    'api.api', OLD.api,
    CASE
      WHEN EXISTS (SELECT 1 FROM api_alias WHERE api = OLD.api) THEN 'api_alias'
      WHEN EXISTS (SELECT 1 FROM sku_alias WHERE api = OLD.api) THEN 'sku_alias'
      WHEN EXISTS (SELECT 1 FROM rate_card WHERE api = OLD.api) THEN 'rate_card'
      WHEN EXISTS (SELECT 1 FROM rate_tier WHERE api = OLD.api) THEN 'rate_tier'
      WHEN EXISTS (SELECT 1 FROM outcome_rule WHERE api = OLD.api) THEN 'outcome_rule'
      WHEN EXISTS (SELECT 1 FROM kind_api WHERE api = OLD.api) THEN 'kind_api'
    END);
END;

CREATE TRIGGER IF NOT EXISTS main.api_check_delete BEFORE DELETE ON api
BEGIN
  SELECT RAISE(ABORT, 'api: refused') WHERE NOT billing_unused(
    'api.api', OLD.api,
    CASE
      WHEN EXISTS (SELECT 1 FROM api_alias WHERE api = OLD.api) THEN 'api_alias'
      WHEN EXISTS (SELECT 1 FROM sku_alias WHERE api = OLD.api) THEN 'sku_alias'
      WHEN EXISTS (SELECT 1 FROM rate_card WHERE api = OLD.api) THEN 'rate_card'
      WHEN EXISTS (SELECT 1 FROM rate_tier WHERE api = OLD.api) THEN 'rate_tier'
      WHEN EXISTS (SELECT 1 FROM outcome_rule WHERE api = OLD.api) THEN 'outcome_rule'
      WHEN EXISTS (SELECT 1 FROM kind_api WHERE api = OLD.api) THEN 'kind_api'
    END);
END;
