-- Teams that a lot tied together, and may tie no more: those that have or had the lot, and the one that
-- loses it. They are settled twice: now, together, for the stored stays still tie
-- them; and, marked again, apart. A close of one no longer holds for the other: what it kept there goes.
CREATE VIEW IF NOT EXISTS main._billing_untie(lot_id, new_lot_id, team_id) AS VALUES (NULL, NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_untie_insert INSTEAD OF INSERT ON _billing_untie
BEGIN
  INSERT INTO _billing_mark_tied VALUES (NEW.lot_id, NEW.new_lot_id, NEW.team_id);
  INSERT INTO _billing_settlement VALUES (NULL, 0);
  INSERT INTO _billing_mark_tied VALUES (NEW.lot_id, NEW.new_lot_id, NEW.team_id);
  SELECT RAISE(ABORT, 'lot_move: refused') FROM (SELECT NEW.team_id AS team_id
    UNION SELECT team_id FROM token_lot WHERE lot_id IN (NEW.lot_id, NEW.new_lot_id)
    UNION SELECT team_id FROM lot_move WHERE lot_id IN (NEW.lot_id, NEW.new_lot_id))
  WHERE NOT billing_keep_closed(team_id);
END;
