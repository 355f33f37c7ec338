SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('T', 'flex_token', 100, '2025-01-01 00:00:00');
CREATE TEMP VIEW stored AS SELECT usage_id || ': ' || group_concat(x, ' ') AS shown FROM (
  SELECT usage_id, coalesce(value, '-') AS x FROM usage, json_each(
    json_array(source_id, client_id, api, sku, quantity, occurred_at, outcome, user_id, label))) GROUP BY usage_id;
CREATE TEMP VIEW rejected AS SELECT reject_id, line, column, quote(value) AS value, reason FROM usage_reject ORDER BY reject_id;

-- good rows become usage, as they are or in another spelling of the time; an empty text is none
INSERT INTO usage_import VALUES
  ('k1', 'c', 'model-derivative', 'rvt', '1', '2025-02-01T09:00:00+09:00', 'success', 'hana', 'J-1'),
  ('k2', 'c', 'Model-Derivative', 'RVT', 2, '2025-02-01T00:00:00Z', 'failed', '', ''),
  ('', 'c', 'viewer', '', 1.5, '2025-02-01 00:00:00.250', 'success', NULL, NULL);
INSERT INTO usage_import(source_id, client_id, api, quantity, occurred_at)
  VALUES ('k3', 'nobody', 'nothing', 1, '2025-02-02 00:00:00');
SELECT * FROM stored;
SELECT count(*) FROM usage_reject;
SELECT settle();

-- bad ones land in usage_reject: what is refused there says the same as an INSERT into usage
INSERT INTO usage_import(source_id, client_id, api, sku, quantity, occurred_at, outcome, user_id, label) VALUES
  ('b1', 'c', 'model-derivative', 'rvt', '-4', '2025-02-03 00:00:00', 'success', NULL, NULL),
  ('b2', 'c', 'model-derivative', 'rvt', -4.0, '2025-02-03 00:00:00', 'success', NULL, NULL),
  ('b3', 'c', 'model-derivative', 'rvt', '', '2025-02-03 00:00:00', 'success', NULL, NULL),
  ('b4', 'c', 'model-derivative', 'rvt', '1,5', '2025-02-03 00:00:00', 'success', NULL, NULL),
  ('b5', 'c', 'model-derivative', 'rvt', 1, '2025-02-30 00:00:00', 'success', NULL, NULL),
  ('b6', 'c', 'model-derivative', 'rvt', 1, '2025-02-03', 'success', NULL, NULL),
  ('b7', '', 'model-derivative', 'rvt', 1, '2025-02-03 00:00:00', 'success', NULL, NULL),
  ('b8', 'c', 'model-derivative', 'rvt ', 1, '2025-02-03 00:00:00', 'success', NULL, NULL),
  ('b9', 'c', 'model-derivative', 'rvt', 1, '2025-02-03 00:00:00', '', NULL, NULL),
  (7, 'c', 'viewer', NULL, 1, '2025-02-03 00:00:00', 'success', NULL, NULL),
  ('1.0e+15', 'c', 'viewer', NULL, 1, '2025-02-03 00:00:00.1234', 'success', x'31', NULL);
SELECT * FROM rejected;
INSERT INTO usage(source_id, client_id, api, sku, quantity, occurred_at) VALUES ('b1', 'c', 'model-derivative', 'rvt', '-4', '2025-02-03 00:00:00');
INSERT INTO usage(source_id, client_id, api, sku, quantity, occurred_at) VALUES ('b4', 'c', 'model-derivative', 'rvt', '1,5', '2025-02-03 00:00:00');
INSERT INTO usage(source_id, client_id, api, sku, quantity, occurred_at) VALUES ('b6', 'c', 'model-derivative', 'rvt', 1, '2025-02-03');
INSERT INTO usage(source_id, client_id, api, sku, quantity, occurred_at) VALUES ('b8', 'c', 'model-derivative', 'rvt ', 1, '2025-02-03 00:00:00');
SELECT source_id, typeof(source_id), quote(quantity) FROM usage_reject WHERE reject_id IN (1, 2, 10);
SELECT source_id, typeof(source_id) FROM usage WHERE source_id = '7';
SELECT severity, rule, detail FROM billing_check WHERE rule = 'rejected_usage';

-- mend and try again: what is good now goes, what is not says why
UPDATE usage_reject SET quantity = 4 WHERE column = 'quantity';
UPDATE usage_reject SET sku = trim(sku) WHERE column = 'sku';
INSERT INTO usage_import(reject_id) SELECT reject_id FROM usage_reject;
SELECT * FROM rejected;
SELECT * FROM stored WHERE shown GLOB '*: b*';
INSERT INTO usage_import(reject_id) VALUES (99);
INSERT INTO usage_import(reject_id, quantity) VALUES (5, 1);
DELETE FROM usage_reject;

-- a source_id that is taken: the same row again is passed over, another one is kept
INSERT INTO usage_import(source_id, client_id, api, sku, quantity, occurred_at, user_id, label) VALUES
  ('k1', 'c', 'model-derivative', 'rvt', 1.0, '2025-02-01 00:00:00', 'hana', 'J-1'),
  ('k1', 'c', 'model-derivative', 'rvt', 2, '2025-02-01 00:00:00', 'hana', 'J-1'),
  ('k1', 'c', 'model-derivative', 'rvt', -2, '2025-02-01 00:00:00', 'hana', 'J-1');
SELECT * FROM rejected;
INSERT OR IGNORE INTO usage_import(source_id, client_id, api, sku, quantity, occurred_at) VALUES
  ('k1', 'c', 'model-derivative', 'rvt', 2, '2025-02-01 00:00:00'), ('k4', 'c', 'viewer', NULL, 'x', '2025-02-01 00:00:00');
SELECT line, column, reason FROM usage_reject WHERE source_id = 'k4';
DELETE FROM usage_reject WHERE source_id = 'k4';

-- a file that is loaded again adds no reject of a key; a key that is good now takes its rejects away
INSERT INTO usage_import(source_id, client_id, api, sku, quantity, occurred_at, user_id, label, line) VALUES
  ('k1', 'c', 'model-derivative', 'rvt', -2, '2025-02-01 00:00:00', 'hana', 'J-1', 40),
  ('k5', 'c', 'viewer', NULL, 'x', '2025-02-01 00:00:00', NULL, NULL, '41');
SELECT * FROM rejected;
INSERT INTO usage_import(source_id, client_id, api, quantity, occurred_at) VALUES ('k5', 'c', 'viewer', 1, '2025-02-01 00:00:00');
SELECT reject_id FROM usage_reject;
-- of one load both stay
INSERT INTO usage_import(source_id, client_id, api, quantity, occurred_at) VALUES
  ('k6', 'c', 'viewer', 'x', '2025-02-01 00:00:00'), ('k6', 'c', 'viewer', 1, '2025-02-01 00:00:00');
SELECT source_id, line FROM usage_reject WHERE source_id = 'k6';
DELETE FROM usage_reject;

-- corrections by source_id
SELECT settle() >= 0;
INSERT INTO usage_import(source_id, client_id, api, sku, quantity, occurred_at, mode) VALUES
  ('k1', 'c', 'model-derivative', 'rvt', 3, '2025-02-01 00:00:00', 'upsert'),
  ('k7', 'c', 'model-derivative', 'rvt', 1, '2025-02-04 00:00:00', 'upsert'),
  ('k2', 'c', 'model-derivative', 'rvt', -1, '2025-02-01 00:00:00', 'upsert'),
  (NULL, 'c', 'viewer', NULL, 1, '2025-02-01 00:00:00', 'upsert'),
  ('k3', 'nobody', 'nothing', NULL, 1, '2025-02-02 00:00:00', 'upsert');
SELECT * FROM stored WHERE shown GLOB '*: k[1237] *';
SELECT line, column, reason, mode FROM usage_reject;
SELECT settle();
UPDATE usage_reject SET quantity = 1 WHERE source_id = 'k2';
INSERT INTO usage_import(reject_id) SELECT reject_id FROM usage_reject WHERE source_id = 'k2';
SELECT * FROM stored WHERE shown GLOB '*: k2 *';
INSERT OR REPLACE INTO usage_import(source_id, client_id, api, quantity, occurred_at) VALUES ('k2', 'c', 'viewer', 9, '2025-02-01 00:00:00');
SELECT * FROM stored WHERE shown GLOB '*: k2 *';
CREATE VIRTUAL TABLE temp.correction USING usage_import(upsert);
INSERT INTO correction(source_id, client_id, api, quantity, occurred_at) VALUES ('k2', 'c', 'viewer', 8, '2025-02-01 00:00:00');
SELECT * FROM stored WHERE shown GLOB '*: k2 *';
CREATE VIRTUAL TABLE temp.wrong USING usage_import(replace);
CREATE VIRTUAL TABLE temp.wrong USING usage_import(upsert, insert);
DELETE FROM usage_reject;

-- how it is used wrongly: the statement fails and leaves nothing
INSERT INTO usage_import(client_id, api, quantity, occurred_at, mode) VALUES ('c', 'viewer', 1, '2025-02-01 00:00:00', 'insert'), ('c', 'viewer', 1, '2025-02-01 00:00:00', 'update');
INSERT INTO usage_import(client_id, api, quantity, occurred_at, line) VALUES ('c', 'viewer', 1, '2025-02-01 00:00:00', 'one');
UPDATE usage_import SET quantity = 1;
DELETE FROM usage_import;
SELECT count(*) FROM usage_import;
SELECT count(*) FROM usage_reject;
SELECT max(usage_id) FROM usage;

-- a dry run: nothing of it stays
BEGIN;
INSERT INTO usage_import(client_id, api, quantity, occurred_at) VALUES ('c', 'viewer', 1, '2025-02-01 00:00:00'), ('c', 'viewer', -1, '2025-02-01 00:00:00');
SELECT (SELECT count(*) FROM usage), (SELECT count(*) FROM usage_reject);
ROLLBACK;
SELECT (SELECT count(*) FROM usage), (SELECT count(*) FROM usage_reject);

-- the first row may name the columns, in any order; the next statement knows nothing of it
CREATE TEMP TABLE raw(a, b, c, d, e, f, g, h, i);
INSERT INTO raw VALUES ('Occurred_At', 'client_id', 'api', 'quantity', 'source_id', '', NULL, NULL, NULL),
  ('2025-02-05 00:00:00', 'c', 'viewer', '1', 'h1', NULL, NULL, NULL, NULL),
  ('2025-02-05 00:00:00', 'c', 'viewer', 'x', 'h2', NULL, NULL, NULL, NULL);
BEGIN;
INSERT INTO usage_import SELECT * FROM raw;
INSERT INTO usage_import SELECT 'h3', 'c', 'viewer', NULL, 'y', '2025-02-05 00:00:00', NULL, NULL, NULL;
COMMIT;
SELECT * FROM stored WHERE shown GLOB '*: h*';
SELECT * FROM rejected;
DELETE FROM usage_reject;
-- a name that is no column: nothing is loaded, and nothing lost
UPDATE raw SET f = 'notes' WHERE b = 'client_id';
UPDATE raw SET e = 'h4', f = 'careful' WHERE e = 'h1';
INSERT INTO usage_import SELECT * FROM raw;
SELECT * FROM rejected;
DELETE FROM usage_reject WHERE line = 1;
INSERT INTO usage_import(reject_id) SELECT reject_id FROM usage_reject;
SELECT * FROM stored WHERE shown GLOB '*: h*';
SELECT line, column, reason FROM usage_reject;
DELETE FROM usage_reject;

-- autosettle, guard, closed periods and the user's own triggers judge as they do for usage
SELECT settle() >= 0, billing_autosettle(1);
INSERT INTO usage_import(client_id, api, sku, quantity, occurred_at) VALUES
  ('c', 'model-derivative', 'rvt', 1, '2025-02-06 00:00:00'), ('c', 'model-derivative', 'rvt', -1, '2025-02-06 00:00:00'), ('c', 'model-derivative', 'rvt', 1, '2025-02-05 00:00:00');
SELECT count(*) FROM usage_status WHERE status = 'pending';
SELECT billing_guard(1);
INSERT INTO usage_import(client_id, api, sku, quantity, occurred_at) VALUES ('nobody', 'model-derivative', 'rvt', 1, '2025-02-07 00:00:00');
SELECT billing_guard(0);
INSERT INTO period_close VALUES ('T', '2025-03-01 00:00:00');
INSERT INTO usage_import(source_id, client_id, api, sku, quantity, occurred_at, mode) VALUES ('k1', 'c', 'model-derivative', 'rvt', 9, '2025-02-01 00:00:00', 'upsert');
CREATE TRIGGER own BEFORE INSERT ON usage WHEN NEW.label = 'no' BEGIN SELECT RAISE(ABORT, 'own: not this one'); END;
CREATE TRIGGER own_all BEFORE INSERT ON usage WHEN NEW.label = 'all' BEGIN SELECT RAISE(ROLLBACK, 'own: none of them'); END;
INSERT INTO usage_import(client_id, api, quantity, occurred_at, label) VALUES ('c', 'viewer', 1, '2025-03-07 00:00:00', 'no');
SELECT * FROM rejected;
BEGIN;
INSERT INTO usage_import(client_id, api, quantity, occurred_at, label) VALUES ('c', 'viewer', 1, '2025-03-07 00:00:00', 'yes'), ('c', 'viewer', 1, '2025-03-07 00:00:00', 'all');
COMMIT;
SELECT count(*) FROM usage WHERE label = 'yes';

-- in a trigger of the user's own
CREATE TABLE staging(client, at, n);
CREATE TRIGGER staging_loads AFTER INSERT ON staging BEGIN
  INSERT INTO usage_import(client_id, api, quantity, occurred_at) VALUES (NEW.client, 'viewer', NEW.n, NEW.at); END;
INSERT INTO staging VALUES ('c', '2025-03-08 00:00:00', 1), ('c', 'then', 1);
SELECT count(*) FROM usage WHERE occurred_at = '2025-03-08 00:00:00';
SELECT line, column, reason FROM usage_reject ORDER BY reject_id DESC LIMIT 1;

SELECT rule, subject FROM billing_check WHERE severity = 'error';

-- a row that a trigger of one's own leaves out is not lost: new, tried again, or as a correction
SELECT count(*) FROM usage_reject;
CREATE TRIGGER leaves_out BEFORE INSERT ON usage WHEN NEW.label = 'not this' BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER leaves_as_it_is BEFORE UPDATE ON usage WHEN NEW.label = 'not this' BEGIN SELECT RAISE(IGNORE); END;
INSERT INTO usage_import(source_id, client_id, api, sku, quantity, occurred_at, label) VALUES
  ('own-1', 'c', 'model-derivative', 'rvt', 1, '2025-01-01 00:00:00', 'not this'), ('own-2', 'c', 'model-derivative', 'rvt', 1, '2025-01-01 00:00:00', 'this');
SELECT source_id, reason FROM usage_reject WHERE label = 'not this';
INSERT INTO usage_import(reject_id) SELECT reject_id FROM usage_reject WHERE label = 'not this';
SELECT source_id, reason FROM usage_reject WHERE label = 'not this';
INSERT INTO usage_import(source_id, client_id, api, sku, quantity, occurred_at, label, mode) VALUES
  ('own-2', 'c', 'model-derivative', 'rvt', 2, '2025-01-01 00:00:00', 'not this', 'upsert'), ('own-3', 'c', 'model-derivative', 'rvt', 2, '2025-01-01 00:00:00', 'not this', 'upsert');
SELECT source_id, quantity, reason FROM usage_reject WHERE label = 'not this';
SELECT source_id, quantity, label FROM usage WHERE source_id LIKE 'own-%';
UPDATE usage_reject SET label = 'this' WHERE label = 'not this';
INSERT INTO usage_import(reject_id) SELECT reject_id FROM usage_reject WHERE label = 'this';
SELECT source_id, quantity, label FROM usage WHERE source_id LIKE 'own-%' ORDER BY 1;
SELECT count(*) FROM usage_reject;
