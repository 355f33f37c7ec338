-- A row of token_lot is about to come, or to change from own_lot_id: notes the lots that it may drop.
CREATE VIEW IF NOT EXISTS main.replacing_lot(lot_id, source_id, team_id, own_lot_id) AS
  VALUES (NULL, NULL, NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main.replacing_lot_insert INSTEAD OF INSERT ON replacing_lot
BEGIN
  INSERT INTO settlement SELECT NULL FROM period_close LIMIT 1;
  DELETE FROM replaced_lot;
  INSERT INTO replaced_lot(lot_id, team_id, purchased_at, kept)
    SELECT lot_id, team_id, purchased_at, CASE WHEN EXISTS (SELECT 1 FROM period_close)
      THEN billing_keep_held_lot(lot_id, team_id, NEW.team_id) ELSE 0 END
    FROM token_lot
    WHERE (lot_id = NEW.lot_id OR source_id = NEW.source_id) AND lot_id IS NOT NEW.own_lot_id;
END;
