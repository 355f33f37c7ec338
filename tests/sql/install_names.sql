-- A table of the user's own with a name of ours is not taken for ours.
CREATE TABLE Usage(hours INTEGER);
SELECT billing_install();
SELECT name FROM sqlite_schema;
ALTER TABLE Usage RENAME TO hours;
CREATE VIEW settlement AS SELECT 1 AS x;
SELECT billing_install();
DROP VIEW settlement;
-- names that only begin alike do no harm
CREATE TABLE usage_hours(x);
SELECT billing_install() > 0;
SELECT billing_install() > 0;
SELECT count(*) FROM usage;
