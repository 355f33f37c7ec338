-- A rate counts from its instant on.

CREATE TRIGGER IF NOT EXISTS main.rate_card_mark_insert AFTER INSERT ON rate_card
BEGIN
  INSERT INTO pending_wallet VALUES (0, billing_ms(NEW.effective_from))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.rate_card_mark_update AFTER UPDATE ON rate_card
BEGIN
  INSERT INTO pending_wallet VALUES (0, min(billing_ms(OLD.effective_from),
    billing_ms(NEW.effective_from)))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.rate_card_mark_delete AFTER DELETE ON rate_card
BEGIN
  INSERT INTO pending_wallet VALUES (0, billing_ms(OLD.effective_from))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;
