-- Support lifts a block from that instant on.

CREATE TRIGGER IF NOT EXISTS main.unblock_mark_insert AFTER INSERT ON unblock
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, billing_ms(NEW.unblocked_at) FROM wallet WHERE team_id IN (NEW.team_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.unblock_mark_update AFTER UPDATE ON unblock
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, min(billing_ms(OLD.unblocked_at), billing_ms(NEW.unblocked_at)) FROM wallet WHERE team_id IN (OLD.team_id, NEW.team_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.unblock_mark_delete AFTER DELETE ON unblock
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, billing_ms(OLD.unblocked_at) FROM wallet WHERE team_id IN (OLD.team_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;
