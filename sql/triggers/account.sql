-- Agreement, trial and country decide over all usage and lots of the account's teams.

CREATE TRIGGER IF NOT EXISTS main.account_mark_insert AFTER INSERT ON account
BEGIN
  INSERT INTO pending_wallet
    SELECT w.wallet_id, -62167219200000 FROM team t JOIN wallet w USING (team_id)
    WHERE t.account_id IN (NEW.account_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.account_mark_update AFTER UPDATE OF account_id, country, agreement, trial_started_at, trial_ended_at ON account
BEGIN
  INSERT INTO pending_wallet
    SELECT w.wallet_id, -62167219200000 FROM team t JOIN wallet w USING (team_id)
    WHERE t.account_id IN (OLD.account_id, NEW.account_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.account_mark_delete AFTER DELETE ON account
BEGIN
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;
