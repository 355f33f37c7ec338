-- Pages of balances: the story of pages_usage.sql.
SELECT billing_install();
INSERT INTO account(account_id, name) VALUES ('acme', 'Acme');
INSERT INTO team(team_id, account_id, name) VALUES ('design', 'acme', 'Design'), ('survey', 'acme', 'Survey');
INSERT INTO app(client_id, name, account_id) VALUES ('viewer', 'Model viewer', 'acme'), ('plotter', 'Plots at night', 'acme');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES
  (1, 'design', 'flex_token', 10, '2025-07-01 00:00:00', NULL), (2, 'design', 'cloud_credit', 4, '2025-06-15 00:00:00', '2025-07-20 00:00:00'),
  (3, 'design', 'flex_token', 8, '2025-07-25 12:00:00', NULL), (4, 'survey', 'cloud_credit', 3, '2025-06-15 00:00:00', '2025-07-20 00:00:00');
INSERT INTO lot_move VALUES (3, 'survey', '2025-07-28 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'viewer', 'model-derivative', 'rvt', 6, '2025-07-02 09:00:00'), (2, 'plotter', 'design-automation', 'revit', 3600, '2025-07-02 16:00:00'),
  (3, 'viewer', 'model-derivative', 'dwg', 10, '2025-07-21 09:00:00'), (4, 'viewer', 'model-derivative', 'rvt', 18, '2025-07-21 16:00:00'),
  (5, 'plotter', 'design-automation', 'revit', 1800, '2025-08-02 16:00:00');
SELECT settle();

-- the end of each week, the last one cut off by `until`: 14 - 3 - 2 are 9, and -1 until 07-25, then 7, which move
SELECT * FROM balance_series('design', '2025-07-01', '2025-08-01', 'week');
SELECT at, balance FROM balance_series('design', '2025-06-10', '2025-07-02 12:00:00', 'month', '+09:00');
-- each change; grace ends 14 days after 08-02 16:00
SELECT at, balance, available, cloud_credits, flex_tokens, uncharged, access FROM balance_series('design', '2025-06-01', '2025-09-01', 'change');
SELECT s.at, s.balance = w.balance AND s.access = w.access FROM balance_series('design', '2025-07-15', '2025-07-30', 'change') s CROSS JOIN wallet_balance w ON w.team_id = s.team_id AND w.at = s.at;
SELECT team_id, at, lot_id, kind, remaining, state FROM lot_series(NULL, '2025-06-01', '2025-09-01', 'change');
SELECT * FROM lot_series('survey', '2025-07-01', '2025-08-01', 'month');

-- a month adds up: 4 + 18 - 7 - 14 - 1 - 0 = 0
SELECT * FROM month_statement('design', '2025-07');
SELECT * FROM month_statement('design', '2025-08') WHERE line <> 'api';
SELECT opening, purchased, moved, used, offset, lapsed, closing FROM month_statement WHERE team_id = 'survey' AND month = '2025-07' AND zone = '-09:00';
SELECT month, closing FROM month_statement('survey', NULL, NULL) JOIN (SELECT 1) WHERE month = '2025-07';
SELECT opening, closing FROM json_each('["2025-06","2025-07","2025-08"]') m CROSS JOIN month_statement s ON s.month = m.value AND s.team_id = 'design' AND s.line = 'total';
SELECT count(*) FROM month_statement('design', '9999-01');

-- what ends when a month begins is still there when the one before closes; what begins then was not there
INSERT INTO team(team_id, account_id) VALUES ('edge', 'acme');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES (5, 'edge', 'flex_token', 6, '2025-07-01 00:00:00', '2025-08-01 00:00:00'), (6, 'edge', 'flex_token', 2, '2025-08-01 00:00:00', NULL);
INSERT INTO lot_move VALUES (6, 'survey', '2025-09-01 00:00:00');
SELECT settle();
SELECT month, opening, purchased, moved, used, offset, lapsed, closing FROM json_each('["2025-06","2025-07","2025-08","2025-09"]') m CROSS JOIN month_statement s ON s.month = m.value AND s.team_id = 'edge';

-- 8 of 10 are left; then nothing: red
SELECT available, used, total, percent_left, colour, line, kind, ends_at, event, event_at, lot_id, tokens, uncharged, other_team FROM balances_page('design', '2025-07-21 10:00:00');
SELECT available, used, total, percent_left, colour, line, kind, ends_at, event, event_at, lot_id, tokens, uncharged, other_team FROM balances_page('design', '2025-08-03 00:00:00');
-- 3 credits lapse within 90 days; 20 % left is red, a bit more green
SELECT team_id, line, kind, ends_at, tokens, kind_name, team_name, settled_until FROM balances_page('survey', '2025-07-10') WHERE line = 'lapsing';
SELECT round(percent_left, 3), colour FROM balances_page('design', '2025-07-02 16:00:00') WHERE line = 'team';
UPDATE policy SET value = 90 WHERE name = 'red_percent';
SELECT round(percent_left, 3), colour FROM balances_page('design', '2025-07-02 16:00:00') WHERE line = 'team';

-- errors
SELECT * FROM balance_series('design', '2025-07-01', '2025-08-01', 'year');
SELECT * FROM balance_series('design', '2025-07-02', '2025-07-01', 'day');
SELECT * FROM balance_series WHERE step <> 'day';
SELECT * FROM lot_series('design', NULL, NULL, NULL, '9');
SELECT * FROM month_statement('design', '2025-13');
SELECT * FROM month_statement('design', 202507);
SELECT * FROM month_statement WHERE month > '2025-01';
SELECT count(*) FROM balance_series('nobody', '2025-07-01', '2025-08-01', 'day');
