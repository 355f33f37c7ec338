-- What late usage has paid stands beside the ledger, and stored sums that can't be are refused
SELECT billing_install() > 0;
SELECT billing_autosettle(1);
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2025-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (1, 'c', 'design-automation', 'revit', 1800, '2025-02-01 00:00:00'), (2, 'c', 'design-automation', 'revit', 1800, '2025-02-03 00:00:00'), (3, 'c', 'design-automation', 'revit', 1800, '2025-02-05 00:00:00');
CREATE VIEW stored AS SELECT usage_id, charged_at, units / 3600000.0 AS tokens, lot_used / 3600000.0 AS lot_used FROM ledger_entry ORDER BY charged_ms, lot_used;
CREATE VIEW late AS SELECT level, count(*) AS spans, sum(units) / 3600000.0 AS tokens FROM _billing_late_units GROUP BY level ORDER BY level;
-- two that are late and one that is not: entries that were there stay, each level adds up to the same
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (4, 'c', 'design-automation', 'revit', 3600, '2025-02-02 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (5, 'c', 'design-automation', 'revit', 5400, '2025-02-04 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (6, 'c', 'design-automation', 'revit', 1800, '2025-02-06 00:00:00');
SELECT * FROM stored;
SELECT * FROM late;
SELECT late_from_ms, late_to_ms, late_units / 3600000.0 FROM _billing_settled_lot;
-- read as if all had come in order
SELECT i.t, b.used, b.available FROM (SELECT '2025-02-01 12:00:00' AS t UNION ALL SELECT '2025-02-02 00:00:00' UNION ALL SELECT '2025-02-03 12:00:00' UNION ALL SELECT '2025-02-04 00:00:00' UNION ALL SELECT '2025-02-05 00:00:00' UNION ALL SELECT '2025-02-07 00:00:00') i, wallet_balance('T', i.t) b;
SELECT * FROM billing_check WHERE severity = 'error';
-- settling from an instant drops what was late from there on
UPDATE usage SET quantity = 900 WHERE usage_id = 2; UPDATE usage SET quantity = 1800 WHERE usage_id = 2; SELECT settle();
SELECT * FROM stored;
SELECT * FROM late;
SELECT * FROM billing_check WHERE severity = 'error';
-- and from the beginning all of it
SELECT billing_rebuild() > 0;
SELECT * FROM stored;
SELECT * FROM late;
-- a late entry that says as much as the lot has without it: half of the lot is left, and nothing is wrong
BEGIN;
INSERT INTO team(team_id, account_id) VALUES ('half', 'A');
INSERT INTO app(client_id, account_id) VALUES ('h', 'A');
INSERT INTO app_team VALUES ('h', 'half', '2025-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (2, 'half', 'flex_token', 2, '2025-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (8, 'h', 'design-automation', 'revit', 900, '2025-02-02 00:00:00'), (9, 'h', 'design-automation', 'revit', 1800, '2025-02-01 00:00:00');
SELECT usage_id, lot_used / 3600000.0 FROM ledger_entry WHERE lot_id = 2 ORDER BY charged_ms;
SELECT remaining, state FROM lot_balance('half', '2025-03-01 00:00:00');
SELECT rule, subject FROM billing_check WHERE severity = 'error';
SELECT rule, subject FROM billing_check('half') WHERE severity = 'error';
ROLLBACK;
-- sums that are edited: found, and refused where they would be counted on
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (7, 'c', 'design-automation', 'revit', 1800, '2025-02-02 12:00:00');
BEGIN; UPDATE _billing_late_units SET units = units + 1 WHERE level = 0; SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error'; ROLLBACK;
BEGIN; UPDATE _billing_late_units SET units = units + 1 WHERE level = 2; SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error'; ROLLBACK;
BEGIN; UPDATE _billing_settled_lot SET late_units = NULL, late_from_ms = NULL; SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error'; ROLLBACK;
BEGIN; DELETE FROM _billing_late_units; SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error'; ROLLBACK;
UPDATE ledger_entry SET lot_used = -9223372036854775808 WHERE usage_id = 6;
SELECT balance FROM wallet_balance('T', '2025-03-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (8, 'c', 'design-automation', 'revit', 1800, '2025-02-07 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (8, 'c', 'design-automation', 'revit', 1800, '2025-01-31 00:00:00');
UPDATE ledger_entry SET lot_used = 9223372036854775807 WHERE usage_id = 6;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (9, 'c', 'design-automation', 'revit', 1800, '2025-02-07 00:00:00');
SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error';
SELECT billing_rebuild() > 0;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (11, 'c', 'design-automation', 'revit', 1800, '2025-02-01 12:00:00');
UPDATE _billing_late_units SET units = -9223372036854775808;
UPDATE _billing_settled_lot SET late_units = -9223372036854775808, late_from_ms = 0, late_to_ms = 0;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (10, 'c', 'design-automation', 'revit', 1800, '2025-02-07 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (10, 'c', 'design-automation', 'revit', 1800, '2025-02-01 13:00:00');
SELECT balance FROM wallet_balance('T', '2025-03-01 00:00:00');
SELECT billing_rebuild() > 0;
SELECT count(*) FROM usage;
SELECT * FROM stored;
SELECT * FROM billing_check WHERE severity = 'error';
