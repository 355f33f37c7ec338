-- A kind with rows here pays these apis only; a kind without rows pays all.
CREATE TABLE IF NOT EXISTS main.kind_api(
  kind TEXT NOT NULL,
  api  TEXT NOT NULL,
  PRIMARY KEY (kind, api)
) WITHOUT ROWID;
