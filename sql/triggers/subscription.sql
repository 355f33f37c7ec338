-- Where Flex is not sold, credits live no longer than the subscription (Q32).

CREATE TRIGGER IF NOT EXISTS main.subscription_mark_insert AFTER INSERT ON subscription
BEGIN
  INSERT INTO pending_wallet
    SELECT w.wallet_id, -62167219200000 FROM team t JOIN wallet w USING (team_id)
    WHERE t.account_id IN (NEW.account_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.subscription_mark_update AFTER UPDATE ON subscription
BEGIN
  INSERT INTO pending_wallet
    SELECT w.wallet_id, -62167219200000 FROM team t JOIN wallet w USING (team_id)
    WHERE t.account_id IN (OLD.account_id, NEW.account_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.subscription_mark_delete AFTER DELETE ON subscription
BEGIN
  INSERT INTO pending_wallet
    SELECT w.wallet_id, -62167219200000 FROM team t JOIN wallet w USING (team_id)
    WHERE t.account_id IN (OLD.account_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;
