-- A lot touches the wallets that hold it from its purchase on: the group of its first team.
-- OR REPLACE: see usage.sql.

CREATE TRIGGER IF NOT EXISTS main.token_lot_mark_insert AFTER INSERT ON token_lot
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, billing_ms(NEW.purchased_at) FROM wallet WHERE team_id IN (NEW.team_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.token_lot_mark_update AFTER UPDATE OF lot_id, team_id, kind, tokens, purchased_at, expires_at, voided_at ON token_lot
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, min(billing_ms(OLD.purchased_at), billing_ms(NEW.purchased_at)) FROM wallet WHERE team_id IN (OLD.team_id, NEW.team_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.token_lot_mark_delete AFTER DELETE ON token_lot
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, billing_ms(OLD.purchased_at) FROM wallet WHERE team_id IN (OLD.team_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  -- Beside closed periods it is gone at once: should it be inserted again, it is a new lot.
  SELECT RAISE(ABORT, 'token_lot: refused')
    WHERE CASE WHEN EXISTS (SELECT 1 FROM period_close) THEN settle() IS NULL END;
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.token_lot_replace_insert BEFORE INSERT ON token_lot
WHEN EXISTS (SELECT 1 FROM token_lot WHERE lot_id = NEW.lot_id)
  OR EXISTS (SELECT 1 FROM token_lot WHERE source_id = NEW.source_id)
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused')
    WHERE CASE WHEN EXISTS (SELECT 1 FROM period_close) THEN settle() IS NULL END;
  DELETE FROM replaced_lot;
  INSERT INTO replaced_lot(lot_id, team_id, purchased_at, kept)
    SELECT lot_id, team_id, purchased_at, CASE WHEN EXISTS (SELECT 1 FROM period_close)
      THEN billing_keep_held_lot(lot_id, team_id, NEW.team_id) ELSE 0 END
    FROM token_lot WHERE lot_id = NEW.lot_id OR source_id = NEW.source_id;
END;

CREATE TRIGGER IF NOT EXISTS main.token_lot_replace_update BEFORE UPDATE OF lot_id, source_id ON token_lot
WHEN EXISTS (SELECT 1 FROM token_lot WHERE lot_id = NEW.lot_id AND lot_id <> OLD.lot_id)
  OR EXISTS (SELECT 1 FROM token_lot WHERE source_id = NEW.source_id AND lot_id <> OLD.lot_id)
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused')
    WHERE CASE WHEN EXISTS (SELECT 1 FROM period_close) THEN settle() IS NULL END;
  DELETE FROM replaced_lot;
  INSERT INTO replaced_lot(lot_id, team_id, purchased_at, kept)
    SELECT lot_id, team_id, purchased_at, CASE WHEN EXISTS (SELECT 1 FROM period_close)
      THEN billing_keep_held_lot(lot_id, team_id, NEW.team_id) ELSE 0 END
    FROM token_lot WHERE (lot_id = NEW.lot_id OR source_id = NEW.source_id) AND lot_id <> OLD.lot_id;
END;

CREATE TRIGGER IF NOT EXISTS main.token_lot_replaced_insert AFTER INSERT ON token_lot
WHEN EXISTS (SELECT 1 FROM replaced_lot)
BEGIN
  UPDATE replaced_lot SET replaced_by = NEW.lot_id;
  -- Beside closed periods a lot that changes its team must not tie the two: see period_close.sql.
  SELECT RAISE(ABORT, 'token_lot: refused')
    WHERE CASE WHEN EXISTS (SELECT 1 FROM period_close) THEN settle() IS NULL END;
  INSERT INTO pending_wallet
    SELECT wallet_id, -62167219200000 FROM wallet WHERE EXISTS (SELECT 1 FROM period_close)
      AND team_id IN (SELECT NEW.team_id UNION SELECT team_id FROM replaced_lot)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  DELETE FROM replaced_lot;
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.token_lot_replaced_update AFTER UPDATE OF lot_id, source_id ON token_lot
WHEN EXISTS (SELECT 1 FROM replaced_lot)
BEGIN
  UPDATE replaced_lot SET replaced_by = NEW.lot_id;
  -- Beside closed periods a lot that changes its team must not tie the two: see period_close.sql.
  SELECT RAISE(ABORT, 'token_lot: refused')
    WHERE CASE WHEN EXISTS (SELECT 1 FROM period_close) THEN settle() IS NULL END;
  INSERT INTO pending_wallet
    SELECT wallet_id, -62167219200000 FROM wallet WHERE EXISTS (SELECT 1 FROM period_close)
      AND team_id IN (SELECT NEW.team_id UNION SELECT team_id FROM replaced_lot)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  DELETE FROM replaced_lot;
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.replaced_lot_gone AFTER UPDATE OF replaced_by ON replaced_lot
WHEN NEW.lot_id = NEW.replaced_by OR NOT EXISTS (SELECT 1 FROM token_lot WHERE lot_id = NEW.lot_id)
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused')
    WHERE NEW.kept AND NOT billing_keep_refused('token_lot.lot_id', NEW.lot_id);
  INSERT INTO pending_wallet
    SELECT wallet_id, billing_ms(NEW.purchased_at) FROM wallet WHERE team_id = NEW.team_id
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
END;
