-- Two rows, to find out what becomes of a row whose key is taken: a trigger inherits the OR clause of its
-- statement, and under OR IGNORE the second row does not take the place of the first.
CREATE TABLE IF NOT EXISTS main.key_taken(id INTEGER PRIMARY KEY);
