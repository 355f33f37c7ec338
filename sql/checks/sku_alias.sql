CREATE TRIGGER IF NOT EXISTS main.sku_alias_check_insert BEFORE INSERT ON sku_alias
BEGIN
  SELECT RAISE(ABORT, 'sku_alias: refused') WHERE NOT billing_valid_sku_alias(
    NEW.api, NEW.alias, NEW.sku, NEW.effective_from,
    NEW.api IN (SELECT api FROM api),
    EXISTS (
      SELECT 1 FROM sku_alias
      WHERE api = NEW.api AND alias = NEW.alias COLLATE NOCASE AND alias <> NEW.alias));
  INSERT INTO key_taken_by SELECT 'sku_alias.effective_from', NEW.effective_from FROM sku_alias
    WHERE api = NEW.api AND alias = NEW.alias AND effective_from = NEW.effective_from
      AND sku IS NOT NEW.sku;
END;

CREATE TRIGGER IF NOT EXISTS main.sku_alias_check_update BEFORE UPDATE ON sku_alias
BEGIN
  SELECT RAISE(ABORT, 'sku_alias: refused') WHERE NOT billing_valid_sku_alias(
    NEW.api, NEW.alias, NEW.sku, NEW.effective_from,
    NEW.api IN (SELECT api FROM api),
    EXISTS (
      SELECT 1 FROM sku_alias
      WHERE api = NEW.api AND alias = NEW.alias COLLATE NOCASE AND alias <> NEW.alias
        AND (api, alias, effective_from) IS NOT (OLD.api, OLD.alias, OLD.effective_from)));
END;
