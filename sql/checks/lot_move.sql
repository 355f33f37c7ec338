CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_check_insert BEFORE INSERT ON lot_move
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'lot_move', NEW.lot_id, NEW.team_id, NEW.moved_at), NEW.moved_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_check_update BEFORE UPDATE ON lot_move
BEGIN
  SELECT RAISE(ABORT, 'lot_move: refused') WHERE NOT billing_valid_row(
    'lot_move', NEW.lot_id, NEW.team_id, NEW.moved_at);
END;
