-- See unused_account.sql.
CREATE VIEW IF NOT EXISTS main.unused_api(api) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main.unused_api_insert INSTEAD OF INSERT ON unused_api
BEGIN
  SELECT RAISE(ABORT, 'api: refused') WHERE NOT billing_unused('api.api', NEW.api, (
    SELECT 'api_alias' FROM api_alias WHERE api = NEW.api
    UNION ALL SELECT 'sku_alias' FROM sku_alias WHERE api = NEW.api
    UNION ALL SELECT 'rate_card' FROM rate_card WHERE api = NEW.api
    UNION ALL SELECT 'rate_tier' FROM rate_tier WHERE api = NEW.api
    UNION ALL SELECT 'outcome_rule' FROM outcome_rule WHERE api = NEW.api
    UNION ALL SELECT 'kind_api' FROM kind_api WHERE api = NEW.api));
END;
