-- A team gets its wallet. The first team of an account (by team_id) pays for apps that nobody assigned, so
-- a new first team takes them over.

CREATE TRIGGER IF NOT EXISTS main.team_mark_insert AFTER INSERT ON team
BEGIN
  INSERT INTO wallet(team_id) VALUES (NEW.team_id) ON CONFLICT DO NOTHING;
  INSERT INTO pending_wallet
    SELECT wallet_id, -62167219200000 FROM wallet WHERE team_id = (SELECT min(team_id) FROM team
      WHERE account_id = NEW.account_id AND team_id <> NEW.team_id) AND team_id > NEW.team_id
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.team_mark_update AFTER UPDATE OF team_id, account_id ON team
BEGIN
  INSERT INTO wallet(team_id) VALUES (NEW.team_id) ON CONFLICT DO NOTHING;
  INSERT INTO pending_wallet
    SELECT wallet_id, -62167219200000 FROM wallet WHERE team_id IN (OLD.team_id, NEW.team_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  INSERT INTO pending_wallet
    SELECT w.wallet_id, -62167219200000 FROM team t JOIN wallet w USING (team_id)
    WHERE t.account_id IN (OLD.account_id, NEW.account_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.team_mark_delete AFTER DELETE ON team
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, -62167219200000 FROM wallet WHERE team_id IN (OLD.team_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  INSERT INTO pending_wallet
    SELECT w.wallet_id, -62167219200000 FROM team t JOIN wallet w USING (team_id)
    WHERE t.account_id IN (OLD.account_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.team_replace_insert BEFORE INSERT ON team
WHEN EXISTS (SELECT 1 FROM team WHERE team_id = NEW.team_id AND account_id IS NOT NEW.account_id)
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, -62167219200000 FROM wallet WHERE team_id IN (NEW.team_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  INSERT INTO pending_wallet
    SELECT w.wallet_id, -62167219200000 FROM team t JOIN wallet w USING (team_id)
    WHERE t.account_id IN (NEW.account_id, (SELECT account_id FROM team WHERE team_id = NEW.team_id))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
END;
