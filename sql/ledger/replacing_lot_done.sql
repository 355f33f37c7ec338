-- It has come: looks for what was noted. Beside closed periods a lot that changes its team must not tie the
-- two, see sql/triggers/period_close.sql.
CREATE VIEW IF NOT EXISTS main.replacing_lot_done(lot_id, team_id) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main.replacing_lot_done_insert INSTEAD OF INSERT ON replacing_lot_done
BEGIN
  UPDATE replaced_lot SET replaced_by = NEW.lot_id;
  SELECT billing_keep_one(NEW.lot_id) FROM period_close
    WHERE (SELECT count(*) FROM replaced_lot) > 1 LIMIT 1;
  INSERT INTO settlement SELECT NULL FROM period_close LIMIT 1;
  INSERT INTO mark_team
    SELECT team_id, NULL FROM (SELECT NEW.team_id AS team_id UNION SELECT team_id FROM replaced_lot)
    WHERE EXISTS (SELECT 1 FROM period_close);
  DELETE FROM replaced_lot;
END;
