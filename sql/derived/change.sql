-- One row. `stamp` is random: a rolled-back stamp never comes again, so equal stamps mean equal
-- facts. The switches are those of billing_setting, here because whoever needs them reads or
-- updates this row anyway.
CREATE TABLE IF NOT EXISTS main._billing_change(
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  stamp INTEGER NOT NULL,                -- facts other than usage, and the switches
  tick  INTEGER NOT NULL DEFAULT 0,      -- counts changes of usage
  retry INTEGER NOT NULL DEFAULT 0,      -- 1: what is unrated may have found its payer or rate
  autosettle INTEGER NOT NULL DEFAULT 0,
  guard      INTEGER NOT NULL DEFAULT 0,
  alerts     INTEGER NOT NULL DEFAULT 0
);

INSERT OR IGNORE INTO main._billing_change(id, stamp) VALUES (1, 0);

INSERT INTO main.billing_setting(name, value)
  SELECT s.name, s.value FROM (
    SELECT 'autosettle' AS name, autosettle AS value FROM main._billing_change
    UNION ALL SELECT 'guard', guard FROM main._billing_change
    UNION ALL SELECT 'alerts', alerts FROM main._billing_change) s
  WHERE s.name NOT IN (SELECT name FROM main.billing_setting);
