-- wallet_forecast: what lasts how long. Exact where the days to come are those of the past.
SELECT billing_install();
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'A'), ('V', 'A');
INSERT INTO app(client_id, account_id) VALUES ('t', 'A'), ('u', 'A'), ('v', 'A');
INSERT INTO app_team VALUES ('t', 'T', '2023-01-01 00:00:00'), ('u', 'U', '2023-01-01 00:00:00'), ('v', 'V', '2023-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 300, '2024-01-01 00:00:00');
-- 5 tokens a day from Monday to Friday, for four weeks
WITH RECURSIVE day(at) AS (SELECT '2024-04-01 08:00:00' UNION ALL SELECT datetime(at, '+1 day') FROM day WHERE at < '2024-04-28')
INSERT INTO usage(client_id, api, sku, quantity, occurred_at) SELECT 't', 'model-derivative', 'rvt', 10, at FROM day WHERE strftime('%w', at) BETWEEN '1' AND '5';
SELECT settle();

-- Monday 2024-04-29: 200 left, 25 a week: they last 8 weeks, up to Friday 06-21, so Monday 06-24 is not paid
SELECT * FROM wallet_forecast('T', '2024-04-29 00:00:00', 56);
SELECT days, will_use, runs_out_on, needed, purchase FROM wallet_forecast('T', '2024-04-29 00:00:00', 57);
SELECT days, will_use, runs_out_on, needed, purchase FROM wallet_forecast('T', '2024-04-29 00:00:00', 140);
-- what it says to buy is enough, and a token less is not
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (2, 'T', 'flex_token', 300, '2024-04-29 00:00:00');
SELECT settle();
SELECT balance, runs_out_on, needed FROM wallet_forecast('T', '2024-04-29 00:00:00', 140);
UPDATE token_lot SET tokens = 299 WHERE lot_id = 2;
SELECT settle();
SELECT balance, runs_out_on, needed, purchase FROM wallet_forecast('T', '2024-04-29 00:00:00', 140);
DELETE FROM token_lot WHERE lot_id = 2;
-- a weekend costs nothing; from the middle of a day on, the rest of it counts
SELECT will_use FROM wallet_forecast('T', '2024-05-04 00:00:00', 2);
SELECT will_use FROM wallet_forecast('T', '2024-04-29 12:00:00', 1);
-- what is used from that Monday on, and days that cost nothing, change the basis
SELECT per_day, basis_days FROM wallet_forecast('T', '2024-05-13 00:00:00');
-- the basis is a policy, a week at least
UPDATE policy SET value = 14 WHERE name = 'forecast_days';
SELECT per_day, basis_days, will_use FROM wallet_forecast('T', '2024-05-13 00:00:00', 14);
UPDATE policy SET value = 1 WHERE name = 'forecast_days';
SELECT per_day, basis_days FROM wallet_forecast('T', '2024-04-29 00:00:00', 14);
UPDATE policy SET value = 731 WHERE name = 'forecast_days';
UPDATE policy SET value = 28 WHERE name = 'forecast_days';

-- a lot that ends before it is used up: it has paid the 100 of April, and pays 27.5 of its last 50
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES (3, 'T', 'flex_token', 150, '2024-04-01 00:00:00', '2024-05-06 12:00:00');
SELECT settle();
SELECT team_id, balance, will_use, will_lapse, runs_out_on FROM wallet_forecast('T', '2024-04-29 00:00:00', 28);
SELECT will_lapse FROM wallet_forecast('T', '2024-04-29 00:00:00', 7);
DELETE FROM token_lot WHERE lot_id = 3;
-- what is bought later is not foreseen
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (4, 'T', 'flex_token', 1000, '2024-05-01 00:00:00');
SELECT settle();
SELECT balance, needed FROM wallet_forecast('T', '2024-04-29 00:00:00', 140);

-- a team that has begun: by its own days, a week at least, without weekdays until there are two weeks
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('U', 'flex_token', 100, '2024-04-01 00:00:00');
INSERT INTO usage(client_id, api, sku, quantity, occurred_at) VALUES ('u', 'model-derivative', 'rvt', 28, '2024-04-26 10:00:00'), ('u', 'model-derivative', 'rvt', 28, '2024-04-20 10:00:00');
SELECT settle();
SELECT at, per_day, basis_days, will_use, runs_out_on, needed FROM wallet_forecast WHERE team_id = 'U' AND days = 28 AND at IN ('2024-04-20 00:00:00', '2024-04-21 00:00:00', '2024-04-29 00:00:00', '2024-05-25 00:00:00') ORDER BY at;
-- debt has to be bought as well, and has run out already
INSERT INTO usage(client_id, api, sku, quantity, occurred_at) VALUES ('v', 'model-derivative', 'dwg', 56, '2024-04-28 10:00:00');
SELECT settle();
SELECT * FROM wallet_forecast('V', '2024-04-29 00:00:00', 10);
SELECT balance, runs_out_on, needed, purchase FROM wallet_forecast('V', '2024-08-29 00:00:00', 10);
-- nothing used, nothing owed
SELECT * FROM wallet_forecast('V', '2024-04-01 00:00:00', 10);
-- no purchase lasts longer than its year
SELECT needed IS NULL, purchase IS NULL, runs_out_on FROM wallet_forecast('U', '2024-04-29 00:00:00', 365);
SELECT needed IS NULL, purchase IS NULL, runs_out_on FROM wallet_forecast('U', '2024-04-29 00:00:00', 366);

-- kinds that pay some apis only are left out, with what they paid
INSERT INTO token_kind(kind, rank, name) VALUES ('scans', 1, 'Scans');
INSERT INTO kind_api VALUES ('scans', 'reality-capture');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('U', 'scans', 500, '2024-04-01 00:00:00');
INSERT INTO usage(client_id, api, sku, quantity, occurred_at) VALUES ('u', 'reality-capture', 'photo', 5000, '2024-04-25 10:00:00');
SELECT settle();
SELECT balance, per_day, will_use FROM wallet_forecast('U', '2024-04-29 00:00:00', 28);

-- 90 days when none are given; a parameter or a column; whole numbers from 1 to 3660
SELECT days FROM wallet_forecast('T', '2024-04-29 00:00:00');
SELECT team_id, days, will_use FROM wallet_forecast WHERE at = '2024-04-29 00:00:00' AND days = 7 ORDER BY team_id;
SELECT f.days, f.will_use FROM (SELECT 7 AS days UNION SELECT 14) d CROSS JOIN wallet_forecast f ON f.days = d.days AND f.team_id = 'T' AND f.at = '2024-04-29 00:00:00';
SELECT f.days, f.will_use FROM (SELECT 7 AS days UNION SELECT 14) d, wallet_forecast('T', '2024-04-29 00:00:00', d.days) f;
SELECT days FROM wallet_forecast('T', '2024-04-29 00:00:00', 3660);
SELECT days FROM wallet_forecast('T', '2024-04-29 00:00:00', 3661);
SELECT days FROM wallet_forecast('T', '2024-04-29 00:00:00', 0);
SELECT days FROM wallet_forecast('T', '2024-04-29 00:00:00', 7.5);
SELECT days FROM wallet_forecast('T', '2024-04-29 00:00:00', 'a week');
SELECT days FROM wallet_forecast('T', '2024-04-29 00:00:00', '7 days');
SELECT days FROM wallet_forecast('T', '2024-04-29 00:00:00', '7' || char(0) || 'x');
-- not a text, though its bytes read as a number; and one of no bytes
SELECT days FROM wallet_forecast('T', '2024-04-29 00:00:00', x'37');
SELECT days FROM wallet_forecast('T', '2024-04-29 00:00:00', x'');
-- a parameter that a client binds as a text
SELECT days FROM wallet_forecast('T', '2024-04-29 00:00:00', '7');
SELECT count(*) FROM wallet_forecast WHERE days = NULL;
SELECT count(*) FROM wallet_forecast('nobody', NULL, 7);
-- amounts beyond counting are an error, not a wrong number
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('V', 'flex_token', 1e12, '2024-04-01 00:00:00');
INSERT INTO usage(client_id, api, sku, quantity, occurred_at) VALUES ('v', 'model-derivative', 'rvt', 1e12, '2024-04-27 10:00:00');
SELECT settle();
SELECT count(*) FROM wallet_forecast('V', '2024-04-29 00:00:00', 3660);
SELECT group_concat(name || ' ' || type, ', ') FROM pragma_table_xinfo('wallet_forecast') WHERE hidden = 0;
