-- INSERT INTO settlement(team_id) settles one team, NULL all; with rebuild 1 everything is derived
-- again. The table settlement hands its rows to this view: a nested INSERT is undone as a whole, a
-- virtual table's own write is not.
CREATE VIEW IF NOT EXISTS main._billing_settlement(team_id, rebuild) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_settlement_insert INSTEAD OF INSERT
  ON _billing_settlement
BEGIN
  INSERT INTO _billing_main VALUES (billing_settlement(NEW.team_id, NEW.rebuild));
END;
