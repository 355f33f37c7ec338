-- Rules that are data. A missing row: its default.
CREATE TABLE IF NOT EXISTS main.policy(
  name  TEXT NOT NULL PRIMARY KEY,
  value NUMERIC NOT NULL                 -- a number or a text
) WITHOUT ROWID;
