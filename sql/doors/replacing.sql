-- OR REPLACE drops rows and fires no DELETE trigger. So a trigger that sees a row come with the key of
-- another one does openly what REPLACE would do: INSERT INTO _billing_replacing VALUES (NULL) finds out whether the
-- statement is one, and WHERE 2 NOT IN _billing_key_taken it deletes the rows that are to go. One whose key the new
-- row has as well goes on living under it, and others may refer to it: it is updated. REPLACE then finds
-- nothing but what is equal.
CREATE VIEW IF NOT EXISTS main._billing_replacing(what) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_replacing_insert INSTEAD OF INSERT ON _billing_replacing
BEGIN
  INSERT INTO _billing_key_taken VALUES (1), (2) ON CONFLICT DO NOTHING;
  UPDATE OR IGNORE _billing_key_taken SET id = 1 WHERE id = 2;
END;
