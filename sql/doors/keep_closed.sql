-- INSERT INTO _billing_keep_closed says that a close of the team's group has come or gone: what it
-- keeps is written (ext/facts/closed_keep.c), and the rest goes.
CREATE VIEW IF NOT EXISTS main._billing_keep_closed(team_id) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_keep_closed_insert INSTEAD OF INSERT
  ON _billing_keep_closed
BEGIN
  INSERT INTO _billing_main VALUES (billing_keep_closed(NEW.team_id));
END;
