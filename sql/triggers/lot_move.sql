-- A move touches the wallets on both sides from its instant on; the group of the lot holds them all.

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_mark_insert AFTER INSERT ON lot_move
BEGIN
  INSERT INTO _billing_mark_team VALUES (NEW.team_id, utc(NEW.moved_at));
  INSERT INTO _billing_mark_team SELECT team_id, utc(NEW.moved_at) FROM token_lot WHERE lot_id = NEW.lot_id;
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_mark_update AFTER UPDATE ON lot_move
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, min(OLD.moved_at, utc(NEW.moved_at)));
  INSERT INTO _billing_mark_team VALUES (NEW.team_id, min(OLD.moved_at, utc(NEW.moved_at)));
  INSERT INTO _billing_mark_team SELECT team_id, min(OLD.moved_at, utc(NEW.moved_at)) FROM token_lot
    WHERE lot_id IN (OLD.lot_id, NEW.lot_id);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_mark_delete AFTER DELETE ON lot_move
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, OLD.moved_at);
  INSERT INTO _billing_mark_team SELECT team_id, OLD.moved_at FROM token_lot WHERE lot_id = OLD.lot_id;
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_replace_insert BEFORE INSERT ON lot_move
WHEN EXISTS (SELECT 1 FROM lot_move
  WHERE lot_id = NEW.lot_id AND moved_at = NEW.moved_at AND team_id IS NOT NEW.team_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE lot_move SET team_id = NEW.team_id
    WHERE lot_id = NEW.lot_id AND moved_at = NEW.moved_at AND 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_replace_update BEFORE UPDATE OF lot_id, moved_at ON lot_move
WHEN (NEW.lot_id, NEW.moved_at) <> (OLD.lot_id, OLD.moved_at)
  AND EXISTS (SELECT 1 FROM lot_move WHERE lot_id = NEW.lot_id AND moved_at = NEW.moved_at)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM lot_move WHERE lot_id = NEW.lot_id AND moved_at = NEW.moved_at AND 2 NOT IN _billing_key_taken;
END;
