-- billing_alert: usage that can't be settled, and days that cost more than usual.
SELECT billing_install();
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'A');
INSERT INTO app(client_id, account_id) VALUES ('t', 'A'), ('u', 'A');
INSERT INTO app_team VALUES ('t', 'T', '2024-01-01 00:00:00'), ('u', 'U', '2024-01-01 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('T', 'flex_token', 1000, '2024-01-01 00:00:00'), ('U', 'flex_token', 1000, '2024-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES
  (1, 't', 'teleport', 'metre', '2024-02-02 09:00:00'),
  (2, 't', 'teleport', NULL,    '2024-02-01 09:00:00'),
  (3, 'u', 'teleport', 'metre', '2024-02-03 09:00:00'),
  (4, 'x', 'model-derivative', 'rvt', '2024-02-05 09:00:00'),
  (5, 'y', 'model-derivative', 'rvt', '2024-02-04 09:00:00');
-- not before it is settled: until then it is 'pending'
SELECT alert FROM billing_alert WHERE at = '2024-02-10 00:00:00';
SELECT settle();

-- one for each team, and one for all usage that no team pays: with a team asked for it is not there
SELECT team_id, alert, since, tokens, message, title FROM billing_alert WHERE at = '2024-02-10 00:00:00';
SELECT team_id, alert FROM billing_alert('U', '2024-02-10 00:00:00');
SELECT team_id, alert, message FROM billing_alert(NULL, '2024-02-01 09:00:00');
SELECT team_id, alert, message FROM billing_alert(NULL, '2024-02-01 08:59:59');
SELECT alert FROM billing_alert WHERE team_id IS NULL AND at = '2024-02-10 00:00:00';
-- over with the missing fact
INSERT INTO api(api, name, premium) VALUES ('teleport', 'Teleport', 0);
INSERT INTO app(client_id, account_id) VALUES ('y', 'A'), ('x', 'A');
SELECT settle();
SELECT alert FROM billing_alert WHERE at = '2024-02-10 00:00:00' AND alert LIKE 'un%e';

-- 5 tokens a day from Monday to Friday, for five weeks
WITH RECURSIVE day(at) AS (SELECT '2024-03-04 08:00:00' UNION ALL SELECT datetime(at, '+1 day') FROM day WHERE at < '2024-04-05')
INSERT INTO usage(client_id, api, sku, quantity, occurred_at)
  SELECT 't', 'model-derivative', 'rvt', 10, at FROM day WHERE strftime('%w', at) BETWEEN '1' AND '5';
-- Monday: 15 tokens, three times the usual; Tuesday: a little more
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (100, 't', 'model-derivative', 'rvt', 30, '2024-04-08 00:00:00'),
  (101, 't', 'model-derivative', 'rvt', 30, '2024-04-09 23:59:59.999'),
  (102, 't', 'model-derivative', 'dwg', 1,  '2024-04-09 12:00:00');
SELECT settle();
SELECT at, since, tokens, message, title FROM billing_alert WHERE team_id = 'T' AND alert = 'unusual_spend' AND at IN
  ('2024-04-08 23:59:59', '2024-04-09 00:00:00', '2024-04-09 23:59:59.999', '2024-04-10 00:00:00', '2024-04-10 23:59:59.999', '2024-04-11 00:00:00')
ORDER BY at;
-- less than unusual_spend_tokens is nobody's concern; the factor is data, too
SELECT count(*) FROM billing_alert('T', '2024-03-05 00:00:00') WHERE alert = 'unusual_spend';
UPDATE policy SET value = 5 WHERE name = 'unusual_spend_tokens';
SELECT since, tokens, message FROM billing_alert('T', '2024-03-05 00:00:00') WHERE alert = 'unusual_spend';
SELECT count(*) FROM billing_alert('T', '2024-03-06 00:00:00') WHERE alert = 'unusual_spend';
UPDATE policy SET value = 2.99 WHERE name = 'unusual_spend_factor';
SELECT since, tokens FROM billing_alert('T', '2024-04-09 00:00:00') WHERE alert = 'unusual_spend';
UPDATE policy SET value = 3 WHERE name = 'unusual_spend_factor';

-- what is not charged counts, and an offset or a lapse is no consumption
INSERT INTO usage(client_id, api, sku, quantity, occurred_at) VALUES ('u', 'model-derivative', 'rvt', 40, '2025-02-01 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('U', 'flex_token', 1000, '2025-02-03 00:00:00');
SELECT settle();
SELECT since, tokens FROM billing_alert('U', '2025-02-02 00:00:00') WHERE alert = 'unusual_spend';
SELECT count(*) FROM billing_alert('U', '2025-02-04 00:00:00') WHERE alert = 'unusual_spend';
-- only 28 days count as usual: day 29 does not
INSERT INTO usage(client_id, api, sku, quantity, occurred_at) VALUES ('u', 'model-derivative', 'rvt', 40, '2025-03-01 00:00:00'), ('u', 'model-derivative', 'rvt', 40, '2025-03-30 00:00:00');
SELECT settle();
SELECT since, tokens, message FROM billing_alert('U', '2025-03-02 00:00:00') WHERE alert = 'unusual_spend';
SELECT since, tokens, message FROM billing_alert('U', '2025-03-31 00:00:00') WHERE alert = 'unusual_spend';

-- of several at the oldest instant the one of the lowest number is named, in whatever order SQLite reads them
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) SELECT 900 + value, iif(value > 3, 'z', 'u'), iif(value > 3, 'model-derivative', 'levitation'), 'rvt', '2026-01-01 00:00:00' FROM json_each('[1, 2, 3, 4, 5, 6]');
SELECT settle();
SELECT alert, message FROM billing_alert WHERE at = '2026-01-02 00:00:00' AND alert LIKE 'un%d_usage' ORDER BY alert;
PRAGMA reverse_unordered_selects = ON;
SELECT alert, message FROM billing_alert WHERE at = '2026-01-02 00:00:00' AND alert LIKE 'un%d_usage' ORDER BY alert;
PRAGMA reverse_unordered_selects = OFF;
