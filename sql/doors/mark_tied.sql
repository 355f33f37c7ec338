-- The teams that untie.sql settles.
CREATE VIEW IF NOT EXISTS main._billing_mark_tied(lot_id, new_lot_id, team_id) AS VALUES (NULL, NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_mark_tied_insert INSTEAD OF INSERT ON _billing_mark_tied
BEGIN
  INSERT INTO _billing_mark_team SELECT NEW.team_id, NULL
    UNION SELECT team_id, NULL FROM token_lot WHERE lot_id IN (NEW.lot_id, NEW.new_lot_id)
    UNION SELECT team_id, NULL FROM lot_move WHERE lot_id IN (NEW.lot_id, NEW.new_lot_id);
END;
