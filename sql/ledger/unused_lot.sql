-- A lot that has moves stays: INSERT INTO unused_lot VALUES (its lot_id) is refused.
CREATE VIEW IF NOT EXISTS main.unused_lot(lot_id) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main.unused_lot_insert INSTEAD OF INSERT ON unused_lot
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused') WHERE NOT billing_unused('token_lot', NEW.lot_id);
END;
