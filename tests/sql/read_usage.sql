-- ledger, uncharged_usage, usage_status, unrated_usage, usage_daily: what was used, and who paid.
SELECT billing_install() > 0;
INSERT INTO account(account_id, country, agreement, trial_started_at) VALUES
  ('acme', NULL, 'flex', NULL), ('big', NULL, 'eba', NULL), ('new', NULL, 'flex', '2025-01-01 00:00:00');
INSERT INTO team(team_id, account_id) VALUES ('T1', 'acme'), ('T2', 'acme'), ('E', 'big'), ('N', 'new');
INSERT INTO app(client_id, account_id) VALUES ('viewer', 'acme'), ('other', 'acme'), ('eba', 'big'), ('try', 'new');
INSERT INTO app_team VALUES ('other', 'T2', '2020-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
  (1, 'T1', 'cloud_credit', 4, '2025-01-01 00:00:00'),
  (2, 'T1', 'flex_token', 4, '2025-01-02 00:00:00'),
  (3, 'T2', 'flex_token', 1, '2024-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, outcome) VALUES
  (1, 'viewer', 'Model-Derivative', 'RVT', 6, '2025-02-01 10:00:00.250', 'success'),
  (2, 'viewer', 'automation', 'revit', 5400, '2025-02-01 23:59:59.999', 'success'),
  (3, 'viewer', 'model-derivative', 'dwg', 50, '2025-02-02 00:00:00', 'success'),
  (4, 'viewer', 'viewer', NULL, 7, '2025-02-02 00:00:00', 'success'),
  (5, 'viewer', 'model-derivative', 'rvt', 1, '2025-02-02 00:00:00', 'failed'),
  (6, 'viewer', 'holograms', 'big', 1, '2025-02-02 00:00:00', 'success'),
  (7, 'ghost', 'model-derivative', 'rvt', 1, '2025-02-02 00:00:00', 'success'),
  (8, 'eba', 'model-derivative', 'rvt', 1, '2025-02-02 00:00:00', 'success'),
  (9, 'try', 'model-derivative', 'rvt', 1, '2025-02-02 00:00:00', 'success'),
  (10, 'other', 'model-derivative', 'rvt', 1, '2023-12-31 00:00:00', 'success'),
  (11, 'other', 'model-derivative', 'rvt', 4, '2024-02-01 00:00:00', 'success'),
  (12, 'other', 'model-derivative', 'rvt', 1, '2025-02-01 00:00:00', 'success'),
  (13, 'viewer', 'model-derivative', 'nwd', 0.1, '2025-02-02 08:00:00', 'success'),
  (14, 'viewer', 'model-derivative', 'nwc', 0.2, '2025-02-02 09:00:00', 'success');
SELECT settle() IS NOT NULL;

-- 0.05 + 0.1 tokens, 0.1 + 0.2 jobs: sums are of exact amounts.
SELECT * FROM usage_daily WHERE team_id = 'T1';
SELECT * FROM ledger;
-- Why it is uncharged: never a lot, all lapsed, too little.
SELECT * FROM uncharged_usage;
SELECT usage_id, uncharged, reason FROM uncharged_usage('T2', '2023-12-31 00:00:00');
SELECT usage_id, uncharged, reason FROM uncharged_usage('T2', '2024-01-01 00:00:00');
SELECT * FROM usage_status ORDER BY usage_id;
SELECT * FROM unrated_usage;

-- A purchase: debts are paid at its instant, oldest first, and the bars of February turn.
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
  (4, 'T1', 'flex_token', 3, '2025-03-01 00:00:00');
SELECT settle() IS NOT NULL;
SELECT * FROM usage_daily('T1');
SELECT usage_id, lot_id, charged_at, entry, units FROM ledger('T1');
SELECT usage_id, charged, uncharged, reason FROM uncharged_usage('T1', '2025-02-28 00:00:00');
SELECT usage_id, charged, uncharged, reason FROM uncharged_usage('T1', '2025-03-01 00:00:00');
SELECT usage_id, tokens, charged, uncharged, status, settled_at FROM usage_status('T1', '2025-02-28 00:00:00') ORDER BY 1;
SELECT usage_id, tokens, charged, uncharged, status, settled_at FROM usage_status('T1', '2025-03-01 00:00:00') ORDER BY 1;
-- What has not occurred by then is not listed.
SELECT group_concat(usage_id) FROM (SELECT usage_id FROM usage_status WHERE at = '2025-02-01 23:59:59.998' ORDER BY 1);

-- Each usage is listed once, and every bar is a sum over usage_status.
SELECT count(*), count(DISTINCT usage_id), (SELECT count(*) FROM usage) FROM usage_status;
SELECT substr(occurred_at, 1, 10), team_id, client_id, api, sku, count(*), sum(quantity),
    total(tokens), total(charged), total(uncharged) FROM usage_status WHERE team_id <> 'T1' OR team_id IS NULL
  GROUP BY 1, 2, 3, 4, 5;
SELECT * FROM usage_daily WHERE team_id <> 'T1' OR team_id IS NULL;

-- A range of days.
SELECT day, team_id, api, tokens FROM usage_daily WHERE team_id = 'T1' AND day = '2025-02-01';
SELECT day, team_id, api, tokens FROM usage_daily WHERE team_id = 'T1' AND day > '2025-02-01' AND day <= '2025-02-02';
SELECT DISTINCT day FROM usage_daily WHERE day < '2025-02-01';
SELECT DISTINCT day FROM usage_daily WHERE day BETWEEN '2025' AND '2025-02-01T';

-- New and changed rows are pending until they are settled; the rest stays as it was.
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (20, 'other', 'model-derivative', 'rvt', '2025-02-05 00:00:00');
UPDATE usage SET quantity = 8 WHERE usage_id = 1;
UPDATE usage SET client_id = 'viewer' WHERE usage_id = 7;
SELECT usage_id, team_id, tokens, charged, uncharged, status, settled_at FROM usage_status WHERE status = 'pending' ORDER BY 1;
SELECT count(*), count(DISTINCT usage_id) FROM usage_status;
SELECT group_concat(usage_id) FROM usage_status('T2', '2025-02-04 00:00:00') WHERE status = 'pending';
SELECT group_concat(usage_id) FROM usage_status('T2', '2025-02-05 00:00:00') WHERE status = 'pending';
SELECT day, client_id, sku, events, quantity, tokens FROM usage_daily WHERE day IN ('2025-02-01', '2025-02-05') AND api = 'model-derivative';
SELECT count(*) FROM unrated_usage;
SELECT settle() IS NOT NULL;
SELECT usage_id, team_id, tokens, charged, uncharged, status, settled_at FROM usage_status WHERE usage_id IN (1, 7, 20) ORDER BY 1;

-- The missing facts arrive.
INSERT INTO api(api, name, premium) VALUES ('holograms', 'Holograms', 1);
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('holograms', 'big', '2025-01-01 00:00:00', 1);
SELECT settle() IS NOT NULL;
SELECT usage_id, team_id, tokens, charged, uncharged, status FROM usage_status WHERE usage_id = 6;
SELECT count(*) FROM unrated_usage;

-- A kind that pays one api only: its lots are no lots for the others.
INSERT INTO token_kind VALUES ('scans', 1, 'Scans');
INSERT INTO kind_api VALUES ('scans', 'reality-capture');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (9, 'N', 'scans', 5, '2025-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES
  (30, 'try', 'model-derivative', 'rvt', '2025-06-01 00:00:00'), (31, 'try', 'reality-capture', 'photo', '2025-06-01 00:00:00');
SELECT settle() IS NOT NULL;
SELECT usage_id, uncharged, reason FROM uncharged_usage('N');
SELECT balance, available, uncharged, min_purchase FROM wallet_balance('N', '2025-06-01 00:00:00');

-- What is recorded after a close counts at its instant, and keeps its day.
INSERT INTO period_close VALUES ('T1', '2025-08-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (40, 'viewer', 'model-derivative', 'dwg', 10, '2025-07-10 00:00:00'), (41, 'viewer', 'viewer', NULL, 1, '2025-07-10 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (10, 'T1', 'flex_token', 50, '2025-07-31 00:00:00');
SELECT settle() IS NOT NULL;
SELECT day, api, events, tokens, charged FROM usage_daily('T1') WHERE day BETWEEN '2025-07-01' AND '2025-07-31';
SELECT usage_id, occurred_at, charged_at FROM ledger('T1') WHERE usage_id = 40;
SELECT count(*) FROM usage_status('T1', '2025-07-31 23:59:59.999') WHERE usage_id IN (40, 41);
SELECT lot_id, remaining, state FROM lot_balance('T1', '2025-07-31 00:00:00') WHERE lot_id = 10;
SELECT usage_id, tokens, charged, status, settled_at FROM usage_status('T1', '2025-08-01 00:00:00') WHERE usage_id IN (40, 41);
SELECT * FROM billing_check WHERE severity = 'error';
