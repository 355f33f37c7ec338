-- How right wallet_forecast is: on the sample data, told every Thursday and compared with what came. The
-- numbers are those of docs/guides/forecast.md. The sample grows from month to month, so a forecast from the
-- past is low.
SELECT billing_install();
INSERT INTO account(account_id, name, country) VALUES ('sumida', 'Sumida Engineering', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('design', 'sumida'), ('survey', 'sumida');
INSERT INTO app(client_id, account_id) VALUES ('viewer', 'sumida'), ('plotter', 'sumida'), ('checker', 'sumida'), ('scanner', 'sumida');
INSERT INTO app_team VALUES ('viewer', 'design', '2025-03-26 00:00:00'), ('plotter', 'design', '2025-03-26 00:00:00'), ('checker', 'survey', '2025-03-26 00:00:00'), ('scanner', 'survey', '2025-03-26 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('design', 'flex_token', 260, '2025-05-01 00:00:00'), ('survey', 'flex_token', 320, '2025-05-01 00:00:00');
CREATE TEMP TABLE job(source_id, client_id, api, sku, quantity REAL, occurred_at, outcome, user_id, label);
.import --csv --skip 1 --schema temp samples/usage.csv job
INSERT INTO usage(source_id, client_id, api, sku, quantity, occurred_at, outcome, user_id, label)
  SELECT source_id, client_id, api, sku, quantity, utc(occurred_at), outcome, user_id, nullif(label, '') FROM job;
SELECT settle();

-- from two weeks of usage on; 'used' is what the days asked for really cost
CREATE TEMP TABLE told AS
  WITH RECURSIVE thursday(at) AS (SELECT '2025-05-15 00:00:00' UNION ALL SELECT datetime(at, '+7 days') FROM thursday WHERE at < '2025-07-24')
  SELECT f.team_id, f.at, f.days, f.basis_days, f.will_use, (SELECT sum(tokens) FROM usage_daily(f.team_id) u WHERE u.day >= date(f.at) AND u.day < date(f.at, f.days || ' days')) AS used
  FROM thursday CROSS JOIN (SELECT 7 AS days UNION SELECT 14 UNION SELECT 28) d CROSS JOIN wallet_forecast f ON f.at = thursday.at AND f.days = d.days
  WHERE date(f.at, f.days || ' days') <= '2025-08-01';
SELECT team_id, date(at), basis_days, round(will_use), round(used), printf('%+.0f %%', 100 * (will_use - used) / used) FROM told WHERE days = 14 ORDER BY team_id, at;
-- over all: mean error without sign, mean error, worst
SELECT team_id, days, count(*), printf('%.0f %%', 100 * avg(abs(will_use - used) / used)), printf('%+.0f %%', 100 * avg((will_use - used) / used)), printf('%.0f %%', 100 * max(abs(will_use - used) / used))
FROM told GROUP BY team_id, days;
-- the same with eight weeks to look back: no better here
UPDATE policy SET value = 56 WHERE name = 'forecast_days';
SELECT t.team_id, t.days, printf('%.0f %%', 100 * avg(abs(f.will_use - used) / used)) FROM told t CROSS JOIN wallet_forecast f ON f.team_id = t.team_id AND f.at = t.at AND f.days = t.days GROUP BY t.team_id, t.days;
UPDATE policy SET value = 28 WHERE name = 'forecast_days';

-- the day on which tokens run out, told week by week, and the day on which they did
CREATE TEMP TABLE ran_out AS SELECT team_id, date(since) AS day FROM billing_alert WHERE at = '2025-08-01 00:00:00' AND alert = 'negative_balance';
SELECT * FROM ran_out;
SELECT f.team_id, date(f.at), f.runs_out_on, CAST(julianday(f.runs_out_on) - julianday(r.day) AS INTEGER) || ' days'
FROM told t CROSS JOIN wallet_forecast f ON f.team_id = t.team_id AND f.at = t.at AND f.days = 180 LEFT JOIN ran_out r ON r.team_id = f.team_id
WHERE t.days = 7 AND f.at <= ifnull(r.day, '9') ORDER BY 1, 2;
