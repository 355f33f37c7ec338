CREATE TRIGGER IF NOT EXISTS main.lot_move_check_insert BEFORE INSERT ON lot_move
BEGIN
  SELECT RAISE(ABORT, 'lot_move: refused') WHERE NOT billing_valid_lot_move(
    NEW.lot_id, NEW.team_id, NEW.moved_at,
    (SELECT purchased_at FROM token_lot WHERE lot_id = NEW.lot_id),
    NEW.team_id IN (SELECT team_id FROM team));
END;

CREATE TRIGGER IF NOT EXISTS main.lot_move_check_update BEFORE UPDATE ON lot_move
BEGIN
  SELECT RAISE(ABORT, 'lot_move: refused') WHERE NOT billing_valid_lot_move(
    NEW.lot_id, NEW.team_id, NEW.moved_at,
    (SELECT purchased_at FROM token_lot WHERE lot_id = NEW.lot_id),
    NEW.team_id IN (SELECT team_id FROM team));
END;
