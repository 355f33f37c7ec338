-- See unused_account.sql.
CREATE VIEW IF NOT EXISTS main.unused_lot(lot_id) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main.unused_lot_insert INSTEAD OF INSERT ON unused_lot
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused') WHERE NOT billing_unused('token_lot.lot_id', NEW.lot_id, (
    SELECT 'lot_move' FROM lot_move WHERE lot_id = NEW.lot_id));
END;
