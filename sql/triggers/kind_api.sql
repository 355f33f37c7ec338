-- A kind that is limited to apis pays those only.

CREATE TRIGGER IF NOT EXISTS main.kind_api_mark_insert AFTER INSERT ON kind_api
BEGIN
  INSERT INTO pending_wallet
    SELECT DISTINCT w.wallet_id, -62167219200000 FROM token_lot l JOIN wallet w USING (team_id)
    WHERE l.kind IN (NEW.kind)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.kind_api_mark_update AFTER UPDATE ON kind_api
BEGIN
  INSERT INTO pending_wallet
    SELECT DISTINCT w.wallet_id, -62167219200000 FROM token_lot l JOIN wallet w USING (team_id)
    WHERE l.kind IN (OLD.kind, NEW.kind)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.kind_api_mark_delete AFTER DELETE ON kind_api
BEGIN
  INSERT INTO pending_wallet
    SELECT DISTINCT w.wallet_id, -62167219200000 FROM token_lot l JOIN wallet w USING (team_id)
    WHERE l.kind IN (OLD.kind)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;
