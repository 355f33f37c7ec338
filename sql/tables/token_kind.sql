-- What lots are made of. The kind of the smallest rank pays first.
CREATE TABLE IF NOT EXISTS main.token_kind(
  kind TEXT NOT NULL PRIMARY KEY,
  rank INTEGER NOT NULL,
  name TEXT
) WITHOUT ROWID;
