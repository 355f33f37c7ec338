-- What usage costs: the published rates, and the examples that the published texts work out.
SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');
CREATE VIEW priced AS
  SELECT usage_id, api, sku, quantity, units(tokens) AS units, status FROM usage_status WHERE at = '2025-12-31 00:00:00';

-- D8, D17: 2 tokens per processing hour, of all four engines; D79: Fusion 3; D80: Flow Graph Engine 1
SELECT sku, rate('design-automation', sku, 3600, '2025-07-30 00:00:00') FROM rate_card WHERE api = 'design-automation' GROUP BY sku ORDER BY sku;
SELECT rate('flow-graph-engine', 'compute', 3600, '2025-07-30 00:00:00');
-- Q1, D79: every second counts, without a minimum: 2,000 units (Fusion 3,000), and 2 units for a millisecond
SELECT units(rate('design-automation', 'revit', 1, '2025-07-30 00:00:00')), units(rate('design-automation', 'fusion', 1, '2025-07-30 00:00:00')), units(rate('design-automation', 'revit', 0.001, '2025-07-30 00:00:00'));
-- a smallest quantity is a setting, and comes before whole packages: 10 count as 60, in fifties 2 packages up and 1 down
BEGIN;
UPDATE rate_card SET minimum = 60 WHERE sku = 'photo';
SELECT rate('reality-capture', 'photo', 10, '2025-07-30 00:00:00'), rate('reality-capture', 'photo', 61, '2025-07-30 00:00:00');
UPDATE rate_card SET rounding = 'up' WHERE sku = 'photo';
SELECT rate('reality-capture', 'photo', 10, '2025-07-30 00:00:00');
UPDATE rate_card SET rounding = 'down' WHERE sku = 'photo';
SELECT rate('reality-capture', 'photo', 10, '2025-07-30 00:00:00');
ROLLBACK;
-- D18, D19, D21, Q4: complex is RVT, NWD, NWC and IFC, in any case; all else is simple, unknown extensions and RFA too
SELECT column1, rate('model-derivative', column1, 1, '2025-07-30 00:00:00') FROM (VALUES ('rvt'), ('NWD'), ('Nwc'), ('IFC'), ('dwg'), ('rfa'), ('zip'), ('nobody knows'), ('complex'), ('simple'));
-- D20, Q3: 1 token for 50 photos, one by one: 70 are 1.4
SELECT column1, rate('reality-capture', 'photo', column1, '2025-07-30 00:00:00') FROM (VALUES (1), (49), (50), (70));
-- whole packages, down and up, are one setting away
BEGIN;
UPDATE rate_card SET rounding = 'up' WHERE sku = 'photo';
SELECT rate('reality-capture', 'photo', 70, '2025-07-30 00:00:00'), rate('reality-capture', 'photo', 50, '2025-07-30 00:00:00');
UPDATE rate_card SET rounding = 'down' WHERE sku = 'photo';
SELECT rate('reality-capture', 'photo', 70, '2025-07-30 00:00:00'), rate('reality-capture', 'photo', 49, '2025-07-30 00:00:00');
ROLLBACK;
-- D7, D22: the other apis are free, whatever the sku
SELECT count(*), sum(rate(api, NULL, 1000, '2025-07-30 00:00:00')), sum(rate(api, 'x', 1000, '2025-07-30 00:00:00')) FROM api WHERE NOT premium;
-- D23: at 2022-03-29 00:00 UTC all rates fell: MD 1.5 and 0.2, DA 4 and 6 before; IFC turned complex (T7, D117)
SELECT at, rate('model-derivative', 'rvt', 1, at), rate('model-derivative', 'dwg', 1, at), rate('model-derivative', 'ifc', 1, at),
  rate('design-automation', 'autocad', 3600, at), rate('design-automation', 'inventor', 3600, at), rate('reality-capture', 'gigapixel', 2, at), rate('reality-capture', 'photo', 50, at)
FROM (SELECT '2022-03-28 23:59:59.999' AS at UNION ALL SELECT '2022-03-29 00:00:00' UNION ALL SELECT '2022-09-07 00:00:00');
-- T5: ten RVT a day on 20 days at 1.5 are 300, not 450
SELECT rate('model-derivative', 'rvt', 10 * 20, '2018-01-22 00:00:00');
-- D81: Civil 3D runs on AutoCAD, and costs what AutoCAD does
SELECT rate('design-automation', 'Civil3D', 3600, '2020-07-03 00:00:00') = rate('design-automation', 'autocad', 3600, '2020-07-03 00:00:00');

-- D85: 10 RVT six times a month, 30 DWG five times, 216 s of Inventor: 30 + 15 + 0.12 = 45.12, in 162,432,000 units
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'c', 'model-derivative', 'rvt', 60, '2025-07-01 00:00:00'), (2, 'c', 'model-derivative', 'dwg', 150, '2025-07-02 00:00:00'), (3, 'c', 'design-automation', 'inventor', 216, '2025-07-03 00:00:00');
SELECT settle();
SELECT * FROM priced ORDER BY usage_id;
SELECT uncharged, units(uncharged), balance FROM wallet_balance('T', '2025-07-31 00:00:00');
DELETE FROM usage;

-- D75, D76: what is billed is timeUploadEnded - timeDownloadStarted, cut to whole seconds: 217.773 s are 217.
-- utc() cuts seven digits to the millisecond; a work item that was queued after its download began is none the worse.
WITH item(queued, started, ended) AS (VALUES (utc('2019-11-13T20:22:26.197Z'), utc('2019-11-13T20:22:25.587368Z'), utc('2019-11-13T20:26:03.3608278Z')))
SELECT *, queued > started, CAST(round((julianday(ended) - julianday(started)) * 86400000) AS INTEGER) AS ms FROM item;
-- D77, Q2: the samples: successful ones cost their whole seconds, up to timeInstructionsEnded where nothing was uploaded
CREATE TEMP TABLE work_item AS
  SELECT w ->> '$.id' AS id, w ->> '$.engine' AS engine, w ->> '$.status' AS status, utc(w ->> '$.stats.timeDownloadStarted') AS started_at,
    utc(coalesce(w ->> '$.stats.timeUploadEnded', w ->> '$.stats.timeInstructionsEnded')) AS ended_at
  FROM (SELECT value AS w FROM json_each('[' || replace(trim(CAST(readfile('samples/workitems.jsonl') AS TEXT), char(10)), char(10), ',') || ']'));
INSERT INTO usage(source_id, client_id, api, sku, quantity, occurred_at, outcome)
  SELECT id, 'c', 'design-automation', engine, CAST(round((julianday(ended_at) - julianday(started_at)) * 86400000) AS INTEGER) / 1000, ended_at, status FROM work_item ORDER BY ended_at;
SELECT settle();
SELECT source_id, occurred_at, p.sku, p.quantity, p.units, p.status FROM usage JOIN priced p USING (usage_id) ORDER BY occurred_at;
DELETE FROM usage;
-- Q6: a job that crosses a change of rates is priced by its end: 6 tokens an hour for 1,800 s that end a second before, 2 after
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'c', 'design-automation', 'revit', 1800, '2022-03-28 23:59:59'), (2, 'c', 'design-automation', 'revit', 1800, '2022-03-29 00:15:00');
SELECT settle();
SELECT usage_id, tokens FROM usage_status WHERE at = '2022-04-01 00:00:00' ORDER BY usage_id;
DELETE FROM usage;

-- T11, D78: 3,600 events of one second are exactly 2 tokens: fractions are kept, and rounded nowhere
INSERT INTO usage(client_id, api, sku, quantity, occurred_at)
  WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 3599) SELECT 'c', 'design-automation', 'revit', 1, datetime('2025-07-01 00:00:00', i || ' seconds') FROM n;
SELECT settle();
SELECT uncharged, units(uncharged), uncharged = 2 FROM wallet_balance('T', '2025-07-02 00:00:00');
DELETE FROM usage;

-- Q5, D77, D82, D84: failed work is free; a cancelled Reality Capture job costs all of it; an outcome nobody knows costs all
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, outcome) VALUES
  (1, 'c', 'model-derivative', 'rvt', 2, '2025-07-01 00:00:00', 'failed'), (2, 'c', 'design-automation', 'revit', 3600, '2025-07-01 00:00:00', 'failedInstructions'), (3, 'c', 'reality-capture', 'photo', 100, '2025-07-01 00:00:00', 'failed'),
  (4, 'c', 'reality-capture', 'photo', 100, '2025-07-01 00:00:00', 'cancelled'), (5, 'c', 'flow-graph-engine', 'compute', 3600, '2025-07-01 00:00:00', 'Failed'), (6, 'c', 'model-derivative', 'rvt', 2, '2025-07-01 00:00:00', 'odd');
-- D82, D83: a model is one job however many files it has; posting the same file again costs again; a translation that costs nothing is an outcome of one's own
INSERT INTO outcome_rule(api, outcome, factor) VALUES ('model-derivative', 'automatic', 0);
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at, label, outcome) VALUES
  (7, 'c', 'model-derivative', 'rvt', '2025-07-02 00:00:00', 'house', 'success'), (8, 'c', 'model-derivative', 'rvt', '2025-07-02 00:00:01', 'house', 'success'), (9, 'c', 'model-derivative', 'rvt', '2025-07-02 00:00:02', 'house', 'automatic');
SELECT settle();
SELECT * FROM priced ORDER BY usage_id;
DELETE FROM usage;

-- D5, D86: other shapes are rows: a product by the day; a simulation by its complexity; calls by the thousand; a study that is refunded when it fails
INSERT INTO api(api, premium) VALUES ('autocad-desktop', 1), ('cfd', 1), ('folders', 1), ('generative', 1);
INSERT INTO rate_card(api, sku, effective_from, tokens, per, unit) VALUES
  ('autocad-desktop', '*', '2022-01-01 00:00:00', 7, 1, 'day'), ('cfd', 'simple', '2022-01-01 00:00:00', 5, 1, 'simulation'), ('cfd', 'basic', '2022-01-01 00:00:00', 10, 1, 'simulation'), ('cfd', 'advanced', '2022-01-01 00:00:00', 35, 1, 'simulation'),
  ('folders', 'contents', '2022-01-01 00:00:00', 1, 2000, 'call'), ('folders', 'search', '2022-01-01 00:00:00', 1, 1000, 'call'), ('generative', '*', '2022-01-01 00:00:00', 11, 1, 'study');
INSERT INTO outcome_rule(api, outcome, factor) VALUES ('generative', 'failed', 0);
SELECT rate('autocad-desktop', NULL, 3, '2025-07-30 00:00:00'), rate('cfd', 'simple', 1, '2025-07-30 00:00:00'), rate('cfd', 'Basic', 2, '2025-07-30 00:00:00'), rate('cfd', 'advanced', 1, '2025-07-30 00:00:00'), rate('folders', 'contents', 500, '2025-07-30 00:00:00'), rate('folders', 'search', 500, '2025-07-30 00:00:00');
-- credits pay platform apis only, Flex tokens pay the day of AutoCAD too
INSERT INTO kind_api(kind, api) SELECT 'cloud_credit', api FROM api WHERE api IN ('model-derivative', 'design-automation', 'reality-capture');
UPDATE account SET country = NULL;
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'cloud_credit', 100, '2025-01-01 00:00:00'), (2, 'T', 'flex_token', 100, '2025-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at, outcome) VALUES (1, 'c', 'autocad-desktop', 2, '2025-07-01 00:00:00', 'success'), (2, 'c', 'generative', 1, '2025-07-02 00:00:00', 'failed'), (3, 'c', 'generative', 1, '2025-07-02 00:00:00', 'success');
-- D4, D16: the same usage costs the same, whichever kind pays it
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (4, 'c', 'model-derivative', 'rvt', 200, '2025-07-03 00:00:00'), (5, 'c', 'model-derivative', 'rvt', 4, '2025-07-03 00:00:00'), (6, 'c', 'model-derivative', 'rvt', 4, '2025-07-02 23:59:59');
SELECT settle();
SELECT usage_id, lot_id, tokens FROM ledger ORDER BY usage_id, lot_id;
SELECT usage_id, tokens FROM usage_status WHERE usage_id >= 4 AND at = '2025-07-04 00:00:00' ORDER BY usage_id;
SELECT severity, rule, subject FROM billing_check;
