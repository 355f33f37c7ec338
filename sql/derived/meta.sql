-- Schema version, and the mark `settled_upto`: usage above it is pending.
CREATE TABLE IF NOT EXISTS main._billing_meta(
  name  TEXT PRIMARY KEY,
  value
) WITHOUT ROWID;

INSERT OR IGNORE INTO main._billing_meta(name, value)
  VALUES ('schema_version', 5), ('settled_upto', 0);
