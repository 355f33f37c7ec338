-- Rows 1 and 2, to find out what becomes of a row whose key is taken: a trigger inherits the OR clause of its
-- statement. UPDATE OR REPLACE of row 2 to the key of row 1 leaves row 2 only under OR IGNORE; UPDATE OR
-- IGNORE takes it away only under OR REPLACE. Under an explicit ABORT, FAIL or ROLLBACK either fails, as the
-- statement would: its error names this table then.
CREATE TABLE IF NOT EXISTS main._billing_key_taken(id INTEGER PRIMARY KEY);
