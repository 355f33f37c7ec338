-- The main job from end to end, on a new database. Run by demo.sh; the paths are from the top of
-- the tree.

.load build/billing
.mode box

.print
.print Sumida Engineering, Japan, has two teams and four apps. We load what they bought and used.

BEGIN;
SELECT billing_install() AS schema_version;

INSERT INTO account(account_id, name, country) VALUES ('sumida', 'Sumida Engineering', 'JP');
INSERT INTO team(team_id, account_id, name) VALUES
  ('design', 'sumida', 'Design'),
  ('survey', 'sumida', 'Survey');
INSERT INTO app(client_id, name, account_id) VALUES
  ('viewer',  'Model viewer',   'sumida'),
  ('plotter', 'Plots at night', 'sumida'),
  ('checker', 'BIM checker',    'sumida'),
  ('scanner', 'Site scanner',   'sumida');
-- Until teams pay, the owner's first team does: 'design'.
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES
  ('viewer',  'design', '2025-03-26 00:00:00'),
  ('plotter', 'design', '2025-03-26 00:00:00'),
  ('checker', 'survey', '2025-03-26 00:00:00'),
  ('scanner', 'survey', '2025-03-26 00:00:00');

-- File types that nothing is said of are simple. These are meant to be; of any other one
-- billing_check warns.
INSERT INTO sku_alias(api, alias, sku, effective_from)
  SELECT 'model-derivative', value, 'simple', '2016-11-14 00:00:00'
  FROM json_each('["dwg", "pdf", "rfa", "skp", "stp"]');

-- Each lot lives one year. In Japan credits were sold until 2022-11-07, Flex tokens since then.
INSERT INTO token_lot(team_id, kind, tokens, purchased_at, source_id) VALUES
  ('design', 'cloud_credit', 100, '2019-06-03 02:00:00', 'order-1'),
  ('design', 'cloud_credit', 100, '2020-07-01 02:00:00', 'order-2'),
  ('design', 'cloud_credit', 100, '2022-10-20 02:00:00', 'order-3'),
  ('design', 'flex_token',   100, '2024-07-16 02:00:00', 'order-5'),
  ('design', 'flex_token',   160, '2025-05-26 02:00:00', 'order-7'),
  ('survey', 'flex_token',   100, '2024-05-20 02:00:00', 'order-4'),
  ('survey', 'flex_token',   320, '2025-05-15 02:00:00', 'order-6');

-- Work items, one JSON text per line. Billable: from the download's start to the upload's end, or
-- where nothing was uploaded to the end of the instructions, in whole seconds.
CREATE TEMP TABLE work_item AS
  WITH item(report) AS (
    SELECT value
    FROM json_each('[' || replace(trim(CAST(readfile('samples/workitems.jsonl') AS TEXT), char(10)),
                                  char(10), ',') || ']')
  ),
  span AS (
    SELECT
      report ->> '$.id' AS id,
      report ->> '$.engine' AS engine,
      report ->> '$.status' AS status,
      utc(report ->> '$.stats.timeDownloadStarted') AS started_at,
      utc(coalesce(report ->> '$.stats.timeUploadEnded',
                   report ->> '$.stats.timeInstructionsEnded')) AS ended_at
    FROM item
  )
  SELECT
    id,
    engine,                                 -- 'Autodesk.Revit': an alias of the sku 'revit'
    CAST(round((julianday(ended_at) - julianday(started_at)) * 86400000) AS INTEGER) / 1000
      AS seconds,
    ended_at,
    status
  FROM span;

INSERT INTO usage(source_id, client_id, api, sku, quantity, occurred_at, outcome)
  SELECT id, 'plotter', 'design-automation', engine, seconds, ended_at, status FROM work_item;

-- Three months of jobs from a CSV file. Today is 2025-07-30, 10:00 UTC: evening in Tokyo.
CREATE TEMP TABLE job(
  source_id, client_id, api, sku, quantity REAL, occurred_at, outcome, user_id, label);
.import --csv --skip 1 --schema temp samples/usage.csv job
INSERT INTO usage(source_id, client_id, api, sku, quantity, occurred_at, outcome, user_id, label)
  SELECT source_id, client_id, api, sku, quantity, utc(occurred_at), outcome, user_id,
         nullif(label, '')
  FROM job WHERE utc(occurred_at) < '2025-07-30 10:00:00';
COMMIT;

.print
.print Five work items of earlier years, at the rates of their days:
SELECT id, engine, seconds,
       round(rate('design-automation', engine, seconds, ended_at), 6) AS tokens
FROM work_item ORDER BY ended_at;

.print
.print settle() decides which lot pays which usage:
SELECT settle() AS settled;

.print
.print 'The wallets on 2025-07-30 at 10:00. Design has used more than it had:'
SELECT team_id AS team, round(balance, 2) AS balance, round(uncharged, 2) AS uncharged, access,
       substr(negative_since, 1, 16) AS negative_since, 
       substr(grace_ends_at, 1, 16) AS grace_ends_at
FROM wallet_balance
WHERE at = '2025-07-30 10:00:00'
ORDER BY team_id;

.print
.print The lots. The earliest end pays first; what is left at the end lapses:
SELECT team_id AS team, kind, substr(expires_at, 1, 10) AS ends, CAST(tokens AS INTEGER) AS size,
       round(used, 2) AS used, round(lapsed, 2) AS lapsed, round(remaining, 2) AS left, state
FROM lot_balance
WHERE at = '2025-07-30 10:00:00'
ORDER BY team_id, expires_at;

.print
.print 'The bars of team design. Charged: █  uncharged: ░  (4 to a token)'
CREATE TEMP VIEW bar AS
  SELECT day, printf('%.2f', sum(tokens)) AS tokens,
         replace(hex(zeroblob(CAST(round(4 * sum(charged)) AS INTEGER))), '00', '█') ||
         replace(hex(zeroblob(CAST(round(4 * sum(uncharged)) AS INTEGER))), '00', '░') AS bar
  FROM usage_daily('design')
  WHERE day >= '2025-07-23'
  GROUP BY day;
SELECT * FROM bar ORDER BY day;

.print
.print What is uncharged, by app and sku, and the usage that the last lot paid only in part:
SELECT client_id, api, sku, count(*) AS events, printf('%.4f', sum(uncharged)) AS uncharged, reason
FROM uncharged_usage('design', '2025-07-30 10:00:00')
GROUP BY client_id, api, sku, reason
ORDER BY client_id, api, sku;
SELECT usage_id, sku, occurred_at, tokens, round(charged, 4) AS charged,
       round(uncharged, 4) AS uncharged
FROM uncharged_usage('design', '2025-07-30 10:00:00')
WHERE charged > 0;

.print
.print 'At 10:00 a purchase of 100 Flex tokens arrives. It pays the debt first, oldest usage first:'
INSERT INTO token_lot(team_id, kind, tokens, purchased_at, source_id)
  VALUES ('design', 'flex_token', 100, '2025-07-30 10:00:00', 'order-8');
SELECT settle() AS settled;
SELECT * FROM bar ORDER BY day;

.print
.print The ledger now has an offset for each of them. The first three:
SELECT usage_id, lot_id, substr(occurred_at, 1, 16) AS occurred_at,
       substr(charged_at, 1, 16) AS charged_at, entry, round(tokens, 4) AS tokens
FROM ledger('design')
WHERE entry = 'offset'
ORDER BY occurred_at, usage_id LIMIT 3;

.print
.print 'At once the new lot shows as used what it paid, and access is full again:'
SELECT lot_id, tokens AS size, round(used, 2) AS used, round(remaining, 2) AS left, state
FROM lot_balance('design', '2025-07-30 10:00:00')
WHERE purchased_at = '2025-07-30 10:00:00';
SELECT team_id AS team, round(balance, 2) AS balance, total, round(used, 2) AS used,
       round(uncharged, 2) AS uncharged, access
FROM wallet_balance('design', '2025-07-30 10:00:00');

-- The last day comes in as any other.
INSERT OR IGNORE INTO usage(source_id, client_id, api, sku, quantity, occurred_at, outcome, user_id,
                            label)
  SELECT source_id, client_id, api, sku, quantity, utc(occurred_at), outcome, user_id,
         nullif(label, '')
  FROM job;

.print
.print 'The usage of 2025-07-31 arrives with the whole file once more; only what is new counts:'
SELECT settle() AS settled, (SELECT count(*) FROM billing_check) AS findings;

.print
.print 'All of it is in build/demo.db. Go on with:'
.print '  sqlite3 -cmd ".load build/billing" -box build/demo.db'
.print "  SELECT * FROM usage_daily WHERE day = '2025-07-30';"
