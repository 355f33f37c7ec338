-- The owner pays for an app until a team is assigned.

CREATE TRIGGER IF NOT EXISTS main.app_mark_insert AFTER INSERT ON app
BEGIN
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.app_mark_update AFTER UPDATE OF client_id, account_id ON app
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, -62167219200000 FROM wallet WHERE team_id IN (
      SELECT team_id FROM team WHERE account_id IN (OLD.account_id, NEW.account_id)
      UNION SELECT team_id FROM product_assignment WHERE account_id IN (OLD.account_id, NEW.account_id))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.app_mark_delete AFTER DELETE ON app
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, -62167219200000 FROM wallet WHERE team_id IN (
      SELECT team_id FROM team WHERE account_id IN (OLD.account_id)
      UNION SELECT team_id FROM product_assignment WHERE account_id IN (OLD.account_id))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.app_replace_insert BEFORE INSERT ON app
WHEN EXISTS (SELECT 1 FROM app WHERE client_id = NEW.client_id AND account_id IS NOT NEW.account_id)
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, -62167219200000 FROM wallet WHERE team_id IN (
      SELECT team_id FROM team WHERE account_id IN (NEW.account_id, (SELECT account_id FROM app WHERE client_id = NEW.client_id))
      UNION SELECT team_id FROM product_assignment WHERE account_id IN (NEW.account_id, (SELECT account_id FROM app WHERE client_id = NEW.client_id)))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
END;
