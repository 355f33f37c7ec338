-- One row, to update with the keys of a usage when one is taken (sql/checks/usage.sql); it never changes. An
-- update of one row whose WHERE is false costs least of all that can run a program of its own: no cursor is
-- opened, no view is copied. And each column makes the frame of every insert larger. It does what OR REPLACE
-- would do (sql/doors/replacing.sql), and refuses what OR IGNORE would lose: what key_taken_by.sql does,
-- once more, for a file that is loaded again comes here with every row. And it names _billing_main for all inserts of
-- usage: what is compiled, but not run, costs them nothing.
CREATE TABLE IF NOT EXISTS main._billing_taken_usage(
  usage_id  INTEGER PRIMARY KEY,
  source_id
);

INSERT OR IGNORE INTO main._billing_taken_usage VALUES (-1, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_taken_usage_update BEFORE UPDATE ON _billing_taken_usage
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM usage WHERE ((usage_id = NEW.usage_id AND usage_id <> -1) OR source_id = NEW.source_id)
    AND 2 NOT IN _billing_key_taken;
  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2 AND billing_key_taken(NEW.usage_id) = 2;
  SELECT RAISE(ABORT, 'usage: refused') WHERE billing_key_taken(NEW.usage_id) = 2 AND 2 IN _billing_key_taken
    AND NOT billing_keep_row('usage.usage_id', NEW.usage_id)
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
  SELECT RAISE(IGNORE);
END;
