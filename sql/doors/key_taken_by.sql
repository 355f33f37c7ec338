-- INSERT OR IGNORE may drop a row only if nothing is lost: INSERT INTO _billing_key_taken_by VALUES (column, value) is
-- refused under it, and says that the key is that of another row. Any other statement passes, and so does a NULL.
CREATE VIEW IF NOT EXISTS main._billing_key_taken_by(name, value) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_key_taken_by_insert INSTEAD OF INSERT ON _billing_key_taken_by
WHEN NEW.name IS NOT NULL
BEGIN
  INSERT INTO _billing_key_taken VALUES (1), (2) ON CONFLICT DO NOTHING;
  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2;
  SELECT RAISE(ABORT, 'row: refused')
    WHERE (SELECT count(*) FROM _billing_key_taken) = 2 AND NOT billing_keep_row(NEW.name, NEW.value)
      AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;
