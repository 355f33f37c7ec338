-- Platform Services assigned to a user account: that team pays for the account's apps (D48-D54).

CREATE TRIGGER IF NOT EXISTS main.product_assignment_mark_insert AFTER INSERT ON product_assignment
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, billing_ms(NEW.assigned_at) FROM wallet WHERE team_id IN (
      SELECT NEW.team_id
      UNION SELECT team_id FROM team WHERE account_id IN (NEW.account_id)
      UNION SELECT team_id FROM product_assignment WHERE account_id IN (NEW.account_id))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.product_assignment_mark_update AFTER UPDATE ON product_assignment
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, min(billing_ms(OLD.assigned_at), billing_ms(NEW.assigned_at)) FROM wallet WHERE team_id IN (
      SELECT OLD.team_id UNION SELECT NEW.team_id
      UNION SELECT team_id FROM team WHERE account_id IN (OLD.account_id, NEW.account_id)
      UNION SELECT team_id FROM product_assignment WHERE account_id IN (OLD.account_id, NEW.account_id))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.product_assignment_mark_delete AFTER DELETE ON product_assignment
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, billing_ms(OLD.assigned_at) FROM wallet WHERE team_id IN (
      SELECT OLD.team_id
      UNION SELECT team_id FROM team WHERE account_id IN (OLD.account_id)
      UNION SELECT team_id FROM product_assignment WHERE account_id IN (OLD.account_id))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.product_assignment_replace_insert BEFORE INSERT ON product_assignment
WHEN EXISTS (SELECT 1 FROM product_assignment WHERE account_id = NEW.account_id
  AND assigned_at = NEW.assigned_at AND team_id IS NOT NEW.team_id)
BEGIN
  INSERT INTO pending_wallet
    SELECT w.wallet_id, billing_ms(NEW.assigned_at) FROM product_assignment a JOIN wallet w USING (team_id)
    WHERE a.account_id = NEW.account_id AND a.assigned_at = NEW.assigned_at
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
END;
