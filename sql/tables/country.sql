-- Where Flex is sold, and since when; NULL: not sold there.
CREATE TABLE IF NOT EXISTS main.country(
  country   TEXT NOT NULL PRIMARY KEY,
  flex_from TIMESTAMP
) WITHOUT ROWID;
