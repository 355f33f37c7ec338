-- A move touches the wallets on both sides from its instant on; the group of the lot holds them all.

CREATE TRIGGER IF NOT EXISTS main.lot_move_mark_insert AFTER INSERT ON lot_move
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, billing_ms(NEW.moved_at) FROM wallet WHERE team_id IN (
      SELECT NEW.team_id UNION SELECT team_id FROM token_lot WHERE lot_id = NEW.lot_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.lot_move_mark_update AFTER UPDATE ON lot_move
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, min(billing_ms(OLD.moved_at), billing_ms(NEW.moved_at)) FROM wallet WHERE team_id IN (
      SELECT OLD.team_id UNION SELECT team_id FROM token_lot WHERE lot_id = OLD.lot_id
      UNION SELECT NEW.team_id UNION SELECT team_id FROM token_lot WHERE lot_id = NEW.lot_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.lot_move_mark_delete AFTER DELETE ON lot_move
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, billing_ms(OLD.moved_at) FROM wallet WHERE team_id IN (
      SELECT OLD.team_id UNION SELECT team_id FROM token_lot WHERE lot_id = OLD.lot_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;
