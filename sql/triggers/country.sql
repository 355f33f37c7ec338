-- Market rules decide over the life of lots.

CREATE TRIGGER IF NOT EXISTS main.country_mark_insert AFTER INSERT ON country
BEGIN
  INSERT INTO pending_wallet
    SELECT w.wallet_id, -62167219200000 FROM account a JOIN team t USING (account_id)
      JOIN wallet w USING (team_id) WHERE a.country IN (NEW.country)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.country_mark_update AFTER UPDATE ON country
BEGIN
  INSERT INTO pending_wallet
    SELECT w.wallet_id, -62167219200000 FROM account a JOIN team t USING (account_id)
      JOIN wallet w USING (team_id) WHERE a.country IN (OLD.country, NEW.country)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.country_mark_delete AFTER DELETE ON country
BEGIN
  INSERT INTO pending_wallet
    SELECT w.wallet_id, -62167219200000 FROM account a JOIN team t USING (account_id)
      JOIN wallet w USING (team_id) WHERE a.country IN (OLD.country)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;
