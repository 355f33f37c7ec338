-- Pages of usage: a small story, whose numbers are worked out beside it.
SELECT billing_install();
INSERT INTO account(account_id, name) VALUES ('acme', 'Acme');
INSERT INTO team(team_id, account_id, name) VALUES ('design', 'acme', 'Design'), ('survey', 'acme', 'Survey');
INSERT INTO app(client_id, name, account_id) VALUES ('viewer', 'Model viewer', 'acme'), ('plotter', 'Plots at night', 'acme'), ('scanner', 'Scanner', 'acme');
INSERT INTO app_team VALUES ('scanner', 'survey', '2025-03-26 00:00:00');
-- design: 4 credits until 07-20, 10 Flex tokens; 8 more on 07-25, of which what is left moves to survey on 07-28
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES
  (1, 'design', 'flex_token', 10, '2025-07-01 00:00:00', NULL), (2, 'design', 'cloud_credit', 4, '2025-06-15 00:00:00', '2025-07-20 00:00:00'),
  (3, 'design', 'flex_token', 8, '2025-07-25 12:00:00', NULL);
INSERT INTO lot_move VALUES (3, 'survey', '2025-07-28 00:00:00');
-- 3 and 2 tokens: the credits and 1 of lot 1; 1; 9, of which 8 are there and 1 is owed until 07-25; free; no rate; 2 of survey
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, user_id, label, outcome) VALUES
  (1, 'viewer', 'model-derivative', 'rvt', 6, '2025-07-02 09:00:00', 'aki', 'J-1', 'success'),
  (2, 'plotter', 'design-automation', 'revit', 3600, '2025-07-02 16:00:00', 'ben', 'J-2', 'success'),
  (3, 'viewer', 'model-derivative', 'dwg', 10, '2025-07-21 09:00:00', 'aki', 'J-1', 'success'),
  (4, 'viewer', 'model-derivative', 'rvt', 18, '2025-07-21 16:00:00', 'aki', NULL, 'success'),
  (5, 'viewer', 'model-derivative', 'rvt', 2, '2025-07-22 16:00:00', 'aki', NULL, 'failed'),
  (6, 'viewer', 'something', NULL, 2, '2025-07-22 16:00:00', 'aki', NULL, 'success'),
  (7, 'scanner', 'reality-capture', 'photo', 100, '2025-07-29 16:00:00', 'cat', NULL, 'success');
SELECT settle();

-- usage_series: weeks begin on Monday, 00:00 in the zone
SELECT start, client_id, api, sku, user_id, label, events, quantity, tokens, charged, uncharged, team_name, app_name, api_name, local_start, settled_until FROM usage_series('design', '2025-07-01', '2025-08-01', 'week', '+09:00', 0, '2025-08-01') ORDER BY start, client_id, api, sku;
-- as of the evening of 07-21 a token is owed
SELECT start, sku, tokens, charged, uncharged FROM usage_series('design', '2025-07-21', '2025-07-23', 'day', NULL, NULL, '2025-07-21 20:00:00');
-- a day in Japan, 07-22, begins at 15:00 the day before
SELECT start, local_start, sku, tokens FROM usage_series WHERE team_id = 'design' AND since = '2025-07-20' AND until = '2025-07-23' AND step = 'day' AND zone = '+09:00' AND at = '2025-08-01';
SELECT start, sku, tokens FROM usage_series('design', '2025-07-21', '2025-07-22', 'hour', 'Z');
SELECT start, team_id, sum(tokens) FROM usage_series(NULL, '2025-06-01', '2025-08-31', 'month') GROUP BY 1, 2;
-- days without usage: each line has all of them; a team without usage one line without a name
SELECT start, client_id, sku, events, tokens FROM usage_series('design', '2025-07-20', '2025-07-23', 'day', NULL, 1) ORDER BY client_id, sku, start;
SELECT start, team_id, client_id, events, quantity, tokens FROM usage_series('survey', '2025-07-20', '2025-07-22', 'day', NULL, 1);

-- usage_page: what is not rated stands apart
SELECT * FROM usage_page('design', '2025-07-01', '2025-08-01', 0, '2025-08-01');
-- as it was shown when 07-22 began: a day late, so nothing of 07-21 after 00:00
SELECT client_id, api, tokens, uncharged, settled_until FROM usage_page('design', '2025-07-01', '2025-07-22', 1, '2025-08-01');
SELECT client_id, api, tokens, uncharged, settled_until FROM usage_page('design', '2025-07-01', '2025-08-01', 1, '2025-07-22 20:00:00');

-- charge_back: 9, 4 and 2 of 15
SELECT user_id, label, client_id, tokens, charged, uncharged, round(share, 6), team_id, events, app_name FROM charge_back('design', '2025-07-01', '2025-08-01', '2025-08-01');
SELECT team_id, sum(share) FROM charge_back(NULL, '2025-07-01', '2025-08-01') GROUP BY team_id;

-- usage_bars: 8 of 10 tokens are four fifths of the longest bar
SELECT day, bar, tokens, charged, uncharged, events FROM usage_bars('design', '2025-07-20', '2025-07-23', NULL, '2025-07-21 20:00:00');
SELECT day, bar, tokens, charged, uncharged, events FROM usage_bars('design', '2025-07-02', '2025-07-04');
SELECT day, tokens FROM usage_bars WHERE team_id = 'design' AND since = '2025-07-20' AND until = '2025-07-23' AND zone = '+09:00' AND at = '2025-08-01';
SELECT day, team_id, tokens FROM usage_bars(NULL, '2025-07-21', '2025-07-22');

-- what waits for settle() says how far the rest is settled
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (8, 'viewer', 'model-derivative', 'rvt', 2, '2025-07-21 18:00:00');
SELECT sku, events, tokens, settled_until FROM usage_page('design', '2025-07-21', '2025-07-22');

-- no rows: a team that is not there, an empty period, NULL as a value
SELECT count(*) FROM usage_series('nobody', '2025-07-01', '2025-08-01', 'day', NULL, 1);
SELECT count(*) FROM usage_bars('design', '2025-07-01', '2025-07-01');
SELECT count(*) FROM usage_series WHERE zone = NULL;
-- errors
SELECT * FROM usage_series('design', '2025-08-01', '2025-07-01');
SELECT * FROM usage_series('design', 'yesterday');
SELECT * FROM usage_series('design', NULL, 20250701);
SELECT * FROM usage_series('design', NULL, NULL, 'change');
SELECT * FROM usage_series('design', NULL, NULL, 'day', 'JST');
SELECT * FROM usage_series('design', NULL, NULL, 'day', NULL, 2);
SELECT * FROM usage_page('design', NULL, NULL, 'yes');
SELECT * FROM usage_page WHERE published > 0;
SELECT * FROM usage_bars WHERE since BETWEEN '2025-07-01' AND '2025-07-02';
