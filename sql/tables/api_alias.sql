-- Other names of an api, such as after a renaming.
CREATE TABLE IF NOT EXISTS main.api_alias(
  alias TEXT NOT NULL PRIMARY KEY,
  api   TEXT NOT NULL
) WITHOUT ROWID;
