-- The switches 'autosettle', 'guard' and 'alerts', and whether the file is 'replicated': 1 is on;
-- 0, or no row, is off. INSERT sets one that is there, too.
CREATE TABLE IF NOT EXISTS main.billing_setting(
  name  TEXT PRIMARY KEY ON CONFLICT REPLACE,
  value INTEGER NOT NULL
) WITHOUT ROWID;
