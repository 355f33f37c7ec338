-- What the pages of the portal showed, asked from the reading tables.
SELECT billing_install() > 0;
SELECT billing_autosettle(1);
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');
INSERT INTO app(client_id, account_id) VALUES ('one', 'A'), ('two', 'A');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'cloud_credit', 6, '2022-11-01 00:00:00'), (2, 'T', 'flex_token', 100, '2022-11-07 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, user_id) VALUES
  (1, 'one', 'model-derivative', 'rvt', 4, '2022-11-08 14:59:59.999', 'a@x'), (2, 'one', 'model-derivative', 'dwg', 5, '2022-11-08 15:00:00', 'b@x'), (3, 'two', 'model-derivative', 'ifc', 2, '2022-11-08 23:59:59.999', 'a@x'),
  (4, 'two', 'design-automation', 'revit', 3600, '2022-11-09 00:00:00', 'a@x'), (5, 'two', 'Automation', 'Autodesk.AutoCAD', 1800, '2022-11-09 01:00:00', 'a@x'), (6, 'one', 'data-management', NULL, 50, '2022-11-09 02:00:00', 'a@x'), (7, 'one', 'reality-capture', 'photo', 4850, '2022-11-10 00:00:00', 'a@x');

-- D56, D57, D58: one unit for both kinds; available is credits and Flex together, and each can be seen
SELECT available, cloud_credits, flex_tokens FROM wallet_balance('T', '2022-11-07 00:00:00');
SELECT available, cloud_credits, flex_tokens FROM wallet_balance('T', '2022-11-09 12:00:00');
-- D59, D62: bars over time for each app
SELECT day, client_id, sum(tokens) FROM usage_daily('T') GROUP BY day, client_id ORDER BY day, client_id;
-- D60: of one api in a period, over all apps
SELECT api, sum(events), sum(tokens) FROM usage_daily('T') WHERE api = 'model-derivative' AND day BETWEEN '2022-11-08' AND '2022-11-09' GROUP BY api;
-- D61: Model Derivative by complexity; D63, D109: Automation by engine, both names of the api in one
SELECT api, sku, sum(quantity), sum(tokens) FROM usage_daily('T') WHERE api IN ('model-derivative', 'design-automation') GROUP BY api, sku ORDER BY api, sku;
-- D66, D67, D74, D111: of one app what was charged (blue) and what was not (vermilion); the wallet counts all apis of the team
SELECT client_id, sum(charged), sum(uncharged) FROM usage_daily('T') GROUP BY client_id ORDER BY client_id;
SELECT used_ever, uncharged FROM wallet_balance('T', '2022-11-11 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, user_id) VALUES (8, 'two', 'model-derivative', 'rvt', 10, '2022-11-11 00:00:00', 'a@x');
SELECT client_id, sum(charged), sum(uncharged) FROM usage_daily('T') GROUP BY client_id ORDER BY client_id;
-- D110: at the level of all apps, filtered by app, api, sku and dates at once
SELECT day, client_id, sku, tokens FROM usage_daily WHERE client_id = 'one' AND api = 'model-derivative' AND sku = 'complex' AND day >= '2022-11-08' AND day < '2022-11-09';
-- D114: by month and by user, days in UTC
SELECT strftime('%Y-%m-01', occurred_at) AS usage_month, user_id, sum(s.tokens) FROM usage_status('T', '2022-12-01 00:00:00') s JOIN usage u USING (usage_id, occurred_at) GROUP BY 1, 2 ORDER BY 1, 2;
-- Q31: days are UTC; another zone is an offset of the report: in Japan 15:00 UTC is the next day
SELECT date(occurred_at, '+9 hours') AS day_in_japan, sum(tokens) FROM usage_status('T', '2022-12-01 00:00:00') GROUP BY 1 ORDER BY 1;
-- D64, Q30: the portal showed a usage one day late: a filter by the policy report_lag_days, which settling and balances do not care about
SELECT sum(events) FROM usage_daily('T') WHERE day <= date('2022-11-10', '-' || (SELECT value FROM policy WHERE name = 'report_lag_days') || ' days');
UPDATE policy SET value = 2 WHERE name = 'report_lag_days';
SELECT sum(events) FROM usage_daily('T') WHERE day <= date('2022-11-10', '-' || (SELECT value FROM policy WHERE name = 'report_lag_days') || ' days');
SELECT severity, rule FROM billing_check WHERE rule = 'pending';
SELECT balance FROM wallet_balance('T', '2022-11-11 00:00:00');
-- D113: total and used are of the lots that live, used_ever is of all
SELECT at, total, used, used_ever FROM wallet_balance WHERE team_id = 'T' AND at IN ('2022-11-11 00:00:00', '2023-11-01 00:00:00', '2023-11-07 00:00:00') ORDER BY at;
-- D115: an app that a team pays for can't be deleted: its usage stays in the reports, and its row takes a placeholder for a name
INSERT INTO app_team VALUES ('one', 'T', '2022-01-01 00:00:00');
DELETE FROM app WHERE client_id = 'one';
UPDATE app SET name = 'deleted app' WHERE client_id = 'one';
SELECT name, count(*), sum(tokens) FROM usage_status('T', '2022-12-01 00:00:00') JOIN app USING (client_id) WHERE client_id = 'one';
SELECT severity, rule, subject FROM billing_check;
