-- The rank of a kind decides which lots pay first.

CREATE TRIGGER IF NOT EXISTS main.token_kind_mark_insert AFTER INSERT ON token_kind
BEGIN
  INSERT INTO pending_wallet
    SELECT DISTINCT w.wallet_id, -62167219200000 FROM token_lot l JOIN wallet w USING (team_id)
    WHERE l.kind IN (NEW.kind)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.token_kind_mark_update AFTER UPDATE OF kind, rank ON token_kind
BEGIN
  INSERT INTO pending_wallet
    SELECT DISTINCT w.wallet_id, -62167219200000 FROM token_lot l JOIN wallet w USING (team_id)
    WHERE l.kind IN (OLD.kind, NEW.kind)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.token_kind_mark_delete AFTER DELETE ON token_kind
BEGIN
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;
