CREATE TABLE IF NOT EXISTS main.api(
  api     TEXT NOT NULL PRIMARY KEY,
  name    TEXT,
  premium INTEGER NOT NULL               -- 1: priced by the rate card; 0: free
) WITHOUT ROWID;
