-- A name of a sku counts from its instant on.

CREATE TRIGGER IF NOT EXISTS main.sku_alias_mark_insert AFTER INSERT ON sku_alias
BEGIN
  INSERT INTO pending_wallet VALUES (0, billing_ms(NEW.effective_from))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.sku_alias_mark_update AFTER UPDATE ON sku_alias
BEGIN
  INSERT INTO pending_wallet VALUES (0, min(billing_ms(OLD.effective_from), billing_ms(NEW.effective_from)))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.sku_alias_mark_delete AFTER DELETE ON sku_alias
BEGIN
  INSERT INTO pending_wallet VALUES (0, billing_ms(OLD.effective_from))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;
