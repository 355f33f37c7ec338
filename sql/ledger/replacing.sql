-- OR REPLACE drops rows and fires no DELETE trigger. So a trigger that sees a row come with the key of
-- another one does openly what REPLACE would do: INSERT INTO replacing VALUES (NULL) finds out whether the
-- statement is one, and WHERE 2 NOT IN key_taken it deletes the rows that are to go. One whose key the new
-- row has as well goes on living under it, and others may refer to it: it is updated. REPLACE then finds
-- nothing but what is equal.
CREATE VIEW IF NOT EXISTS main.replacing(what) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main.replacing_insert INSTEAD OF INSERT ON replacing
BEGIN
  INSERT INTO key_taken VALUES (1), (2) ON CONFLICT DO NOTHING;
  UPDATE OR IGNORE key_taken SET id = 1 WHERE id = 2;
END;
