-- A new api can only help usage that is unrated so far; a change concerns all of it.

CREATE TRIGGER IF NOT EXISTS main.api_mark_insert AFTER INSERT ON api
BEGIN
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.api_mark_update AFTER UPDATE OF api, premium ON api
BEGIN
  INSERT INTO pending_wallet VALUES (0, -62167219200000)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.api_mark_delete AFTER DELETE ON api
BEGIN
  INSERT INTO pending_wallet VALUES (0, -62167219200000)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.api_replace_insert BEFORE INSERT ON api
WHEN EXISTS (SELECT 1 FROM api WHERE api = NEW.api AND premium IS NOT NEW.premium)
BEGIN
  INSERT INTO pending_wallet VALUES (0, -62167219200000)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
END;
