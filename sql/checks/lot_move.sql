CREATE TRIGGER IF NOT EXISTS main.lot_move_check_insert BEFORE INSERT ON lot_move
BEGIN
  SELECT RAISE(ABORT, 'lot_move: refused') WHERE NOT billing_valid_lot_move(
    NEW.lot_id, NEW.team_id, NEW.moved_at,
    (SELECT purchased_at FROM token_lot WHERE lot_id = NEW.lot_id),
    NEW.team_id IN (SELECT team_id FROM team));
  INSERT INTO key_taken_by SELECT 'lot_move.moved_at', NEW.moved_at FROM lot_move
    WHERE lot_id = NEW.lot_id AND moved_at = NEW.moved_at
      AND team_id IS NOT NEW.team_id;
END;

CREATE TRIGGER IF NOT EXISTS main.lot_move_check_update BEFORE UPDATE ON lot_move
BEGIN
  SELECT RAISE(ABORT, 'lot_move: refused') WHERE NOT billing_valid_lot_move(
    NEW.lot_id, NEW.team_id, NEW.moved_at,
    (SELECT purchased_at FROM token_lot WHERE lot_id = NEW.lot_id),
    NEW.team_id IN (SELECT team_id FROM team));
END;
