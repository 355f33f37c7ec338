-- A lot touches the wallets that hold it from its purchase on: the group of its first team.
-- Beside closed periods a lot that is deleted is gone at once: should it be inserted again, it is a new lot.

CREATE TRIGGER IF NOT EXISTS main.token_lot_mark_insert AFTER INSERT ON token_lot
BEGIN
  INSERT INTO mark_team VALUES (NEW.team_id, NEW.purchased_at);
  UPDATE billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main.token_lot_mark_update
AFTER UPDATE OF lot_id, team_id, kind, tokens, purchased_at, expires_at, voided_at ON token_lot
BEGIN
  INSERT INTO mark_team VALUES (OLD.team_id, min(OLD.purchased_at, NEW.purchased_at));
  INSERT INTO mark_team VALUES (NEW.team_id, min(OLD.purchased_at, NEW.purchased_at));
  UPDATE billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main.token_lot_mark_delete AFTER DELETE ON token_lot
BEGIN
  INSERT INTO mark_team VALUES (OLD.team_id, OLD.purchased_at);
  INSERT INTO settlement SELECT NULL FROM period_close LIMIT 1;
  UPDATE billing_change SET stamp = random();
END;

-- OR REPLACE, see usage.sql: lots that it may drop are noted before (sql/ledger/replacing_lot.sql) and looked
-- for after.

CREATE TRIGGER IF NOT EXISTS main.token_lot_replace_insert BEFORE INSERT ON token_lot
WHEN EXISTS (SELECT 1 FROM token_lot WHERE lot_id = NEW.lot_id OR source_id = NEW.source_id)
BEGIN
  INSERT INTO replacing_lot VALUES (NEW.lot_id, NEW.source_id, NEW.team_id, NULL);
END;

CREATE TRIGGER IF NOT EXISTS main.token_lot_replace_update BEFORE UPDATE OF lot_id, source_id ON token_lot
WHEN EXISTS (SELECT 1 FROM token_lot
  WHERE (lot_id = NEW.lot_id OR source_id = NEW.source_id) AND lot_id <> OLD.lot_id)
BEGIN
  INSERT INTO replacing_lot VALUES (NEW.lot_id, NEW.source_id, NEW.team_id, OLD.lot_id);
END;

CREATE TRIGGER IF NOT EXISTS main.token_lot_replaced_insert AFTER INSERT ON token_lot
WHEN EXISTS (SELECT 1 FROM replaced_lot)
BEGIN
  INSERT INTO replacing_lot_done VALUES (NEW.lot_id, NEW.team_id);
  UPDATE billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main.token_lot_replaced_update AFTER UPDATE OF lot_id, source_id ON token_lot
WHEN EXISTS (SELECT 1 FROM replaced_lot)
BEGIN
  INSERT INTO replacing_lot_done VALUES (NEW.lot_id, NEW.team_id);
  UPDATE billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main.replaced_lot_gone AFTER UPDATE OF replaced_by ON replaced_lot
WHEN NEW.lot_id = NEW.replaced_by OR NOT EXISTS (SELECT 1 FROM token_lot WHERE lot_id = NEW.lot_id)
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused')
    WHERE NEW.kept AND NOT billing_keep_refused('token_lot.lot_id', NEW.lot_id);
  INSERT INTO mark_team VALUES (NEW.team_id, NEW.purchased_at);
END;
