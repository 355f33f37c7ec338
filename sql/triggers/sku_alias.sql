-- A name of a sku counts from its instant on.

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_mark_insert AFTER INSERT ON sku_alias
BEGIN
  INSERT INTO _billing_mark_all VALUES (utc(NEW.effective_from));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_mark_update AFTER UPDATE ON sku_alias
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_all VALUES (min(OLD.effective_from, utc(NEW.effective_from)));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_mark_delete AFTER DELETE ON sku_alias
BEGIN
  INSERT INTO _billing_mark_all VALUES (OLD.effective_from);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;
