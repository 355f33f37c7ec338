-- forecast_series on the sample data: the expected days are those of wallet_forecast, and four of five days
-- that came lie in the band (docs/guides/forecast.md).
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

SELECT * FROM forecast_series('design', '2025-07-10', 4);
-- whole days, so none of the rest of today; out on the day that wallet_forecast says
SELECT min(day), max(day), count(*), min(iif(runs_out, day, NULL)) FROM forecast_series('design', '2025-07-10 12:00:00', 30) WHERE api IS NULL;
SELECT runs_out_on FROM wallet_forecast('design', '2025-07-10 12:00:00', 30);
SELECT f.team_id, round(sum(s.expected), 1) = round(f.will_use, 1) FROM wallet_forecast f CROSS JOIN forecast_series s ON s.team_id = f.team_id AND s.at = f.at AND s.days = f.days WHERE f.at = '2025-07-10 00:00:00' AND f.days = 28 AND s.api IS NULL GROUP BY 1;

-- told every third day from four weeks of usage on, up to four weeks ahead
CREATE TEMP TABLE came AS SELECT substr(start, 1, 10) AS day, team_id, api, tokens FROM usage_series(NULL, '2025-05-01', '2025-08-01', 'day', NULL, 1);
CREATE INDEX temp.came_on ON came(team_id, day);
CREATE TEMP TABLE told AS
  WITH RECURSIVE third(at) AS (SELECT '2025-05-29 00:00:00' UNION ALL SELECT datetime(at, '+3 days') FROM third WHERE at < '2025-07-28')
  SELECT f.team_id, f.api, f.low, f.high, (SELECT ifnull(sum(tokens), 0) FROM came c WHERE c.team_id = f.team_id AND c.day = CAST(f.day AS TEXT) AND c.api = ifnull(f.api, c.api)) AS used
  FROM third CROSS JOIN forecast_series f ON f.at = third.at AND f.days = 28 WHERE f.day < '2025-08-01';
SELECT team_id, api, count(*), printf('%.0f %%', 100 * avg(used BETWEEN low - 0.005 AND high + 0.005)) FROM told GROUP BY team_id, api;
SELECT iif(api IS NULL, 'teams', 'apis'), avg(used BETWEEN low - 0.005 AND high + 0.005) BETWEEN 0.75 AND 0.85 FROM told GROUP BY api IS NULL;

-- a team that never used anything; errors
INSERT INTO team(team_id, account_id) VALUES ('idle', 'sumida');
SELECT day, expected, low, high, runs_out FROM forecast_series('idle', '2025-07-10', 2);
SELECT count(*) FROM forecast_series('nobody', '2025-07-10', 2);
SELECT * FROM forecast_series('design', '2025-07-10', 0);
SELECT * FROM forecast_series('design', '2025-07-10', 'ten');
SELECT * FROM forecast_series('design', 'soon');
SELECT * FROM forecast_series WHERE days > 3;
