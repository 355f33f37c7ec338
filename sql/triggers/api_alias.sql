-- Likewise for the names of apis.

CREATE TRIGGER IF NOT EXISTS main.api_alias_mark_insert AFTER INSERT ON api_alias
BEGIN
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.api_alias_mark_update AFTER UPDATE ON api_alias
BEGIN
  INSERT INTO pending_wallet VALUES (0, -62167219200000)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.api_alias_mark_delete AFTER DELETE ON api_alias
BEGIN
  INSERT INTO pending_wallet VALUES (0, -62167219200000)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.api_alias_replace_insert BEFORE INSERT ON api_alias
WHEN EXISTS (SELECT 1 FROM api_alias WHERE alias = NEW.alias AND api IS NOT NEW.api)
BEGIN
  INSERT INTO pending_wallet VALUES (0, -62167219200000)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
END;
