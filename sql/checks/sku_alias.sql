CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_check_insert BEFORE INSERT ON sku_alias
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'sku_alias', NEW.api, NEW.alias, NEW.sku, NEW.effective_from), NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_check_update BEFORE UPDATE ON sku_alias
BEGIN
  SELECT RAISE(ABORT, 'sku_alias: refused') WHERE NOT billing_valid_row(
    'sku_alias', NEW.api, NEW.alias, NEW.sku, NEW.effective_from, OLD.api, OLD.alias, OLD.effective_from);
END;
