-- From its instant on an assignment takes usage from one payer to another: any that the app ever had.

CREATE TRIGGER IF NOT EXISTS main.app_team_mark_insert AFTER INSERT ON app_team
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, billing_ms(NEW.assigned_at) FROM wallet WHERE team_id IN (
      SELECT NEW.team_id
      UNION SELECT team_id FROM app_team WHERE client_id = NEW.client_id
      UNION SELECT team_id FROM team WHERE account_id = (SELECT account_id FROM app WHERE client_id = NEW.client_id)
      UNION SELECT team_id FROM product_assignment WHERE account_id = (SELECT account_id FROM app WHERE client_id = NEW.client_id))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.app_team_mark_update AFTER UPDATE ON app_team
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, min(billing_ms(OLD.assigned_at), billing_ms(NEW.assigned_at)) FROM wallet WHERE team_id IN (
      SELECT OLD.team_id
      UNION SELECT team_id FROM app_team WHERE client_id = OLD.client_id
      UNION SELECT team_id FROM team WHERE account_id = (SELECT account_id FROM app WHERE client_id = OLD.client_id)
      UNION SELECT team_id FROM product_assignment WHERE account_id = (SELECT account_id FROM app WHERE client_id = OLD.client_id)
      UNION SELECT NEW.team_id
      UNION SELECT team_id FROM app_team WHERE client_id = NEW.client_id
      UNION SELECT team_id FROM team WHERE account_id = (SELECT account_id FROM app WHERE client_id = NEW.client_id)
      UNION SELECT team_id FROM product_assignment WHERE account_id = (SELECT account_id FROM app WHERE client_id = NEW.client_id))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.app_team_mark_delete AFTER DELETE ON app_team
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, billing_ms(OLD.assigned_at) FROM wallet WHERE team_id IN (
      SELECT OLD.team_id
      UNION SELECT team_id FROM app_team WHERE client_id = OLD.client_id
      UNION SELECT team_id FROM team WHERE account_id = (SELECT account_id FROM app WHERE client_id = OLD.client_id)
      UNION SELECT team_id FROM product_assignment WHERE account_id = (SELECT account_id FROM app WHERE client_id = OLD.client_id))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.app_team_replace_insert BEFORE INSERT ON app_team
WHEN EXISTS (SELECT 1 FROM app_team WHERE client_id = NEW.client_id
  AND assigned_at = NEW.assigned_at AND team_id IS NOT NEW.team_id)
BEGIN
  INSERT INTO pending_wallet
    SELECT w.wallet_id, billing_ms(NEW.assigned_at) FROM app_team a JOIN wallet w USING (team_id)
    WHERE a.client_id = NEW.client_id AND a.assigned_at = NEW.assigned_at
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
END;
