-- billing_alerts() and alert_outbox: each alert is there once, whatever is settled again.
SELECT billing_install();
SELECT billing_alerts(1), billing_alerts(1), billing_alerts(0), billing_alerts(1);
SELECT billing_alerts(2);
SELECT billing_alerts('on');
CREATE TEMP VIEW told AS SELECT alert_id, team_id, alert, since, iif(at > '2024-12-31', 'now', at) AS at, tokens, picked_at IS NOT NULL AS picked, over_at FROM alert_outbox ORDER BY alert_id;
CREATE TEMP VIEW scheduled AS SELECT team_id, alert, since, at, tokens, message, title FROM billing_alert;
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'A');
INSERT INTO app(client_id, account_id) VALUES ('t', 'A'), ('u', 'A');
INSERT INTO app_team VALUES ('t', 'T', '2023-01-01 00:00:00'), ('u', 'U', '2023-01-01 00:00:00');

-- history that is over leaves nothing; what still holds waits, with the words of billing_alert
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2023-02-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 't', 'model-derivative', 'rvt', 20,  '2023-01-20 00:00:00'),
  (2, 't', 'model-derivative', 'rvt', 200, '2023-03-01 10:00:00'),
  (3, 't', 'model-derivative', 'rvt', 2,   '2023-03-01 12:00:00');
SELECT settle();
SELECT * FROM told;
SELECT o.alert, o.message = b.message AND o.title = b.title AND o.tokens = b.tokens FROM alert_outbox o JOIN billing_alert b ON b.team_id = o.team_id AND b.at = o.at AND b.alert = o.alert;

-- a mailer picks up what waits, once
UPDATE alert_outbox SET picked_at = '2023-03-01 13:00:00' WHERE picked_at IS NULL RETURNING alert_id, team_id, alert, title;
UPDATE alert_outbox SET picked_at = '2023-03-01 14:00:00' WHERE picked_at IS NULL RETURNING alert_id;
-- settled again, from the start: nothing new
UPDATE policy SET value = 91 WHERE name = 'trial_days';
SELECT settle();
SELECT * FROM told;
-- more debt, and a late usage that dates the debt back: the same debt
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (4, 't', 'model-derivative', 'rvt', 200, '2023-03-01 09:00:00'),
  (5, 't', 'model-derivative', 'rvt', 2,   '2023-03-02 12:00:00');
SELECT settle();
SELECT since FROM billing_alert('T', '2023-03-02 12:00:00') WHERE alert = 'negative_balance';
SELECT * FROM told;

-- a scheduler puts in what comes with time: whatever holds now and is not there. Now is long after grace
INSERT INTO alert_outbox(team_id, alert, since, at, tokens, message, title) SELECT * FROM scheduled;
SELECT alert_id, alert, since, tokens FROM alert_outbox WHERE picked_at IS NULL;
INSERT INTO alert_outbox(team_id, alert, since, at, tokens, message, title) SELECT * FROM scheduled;
SELECT changes(), count(*) FROM alert_outbox;
-- INSERT OR REPLACE does not tell it again either
INSERT OR REPLACE INTO alert_outbox(team_id, alert, since, at, tokens, message, title) SELECT * FROM scheduled;
SELECT * FROM told;

-- bought out and unblocked: what was picked up is over, what nobody has picked up is withdrawn
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (2, 'T', 'flex_token', 1000, '2023-05-01 00:00:00');
INSERT INTO unblock VALUES ('T', '2023-05-02 00:00:00', NULL);
SELECT settle();
SELECT * FROM told;
-- a second debt is a new alert (Q20)
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (6, 't', 'model-derivative', 'rvt', 2000, '2023-06-01 00:00:00');
SELECT settle();
SELECT * FROM told WHERE NOT picked;
-- withdrawn when a late purchase covers it before anybody picked it up, there again when that is taken back
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (3, 'T', 'flex_token', 2000, '2023-05-15 00:00:00');
SELECT settle();
SELECT * FROM told WHERE NOT picked;
DELETE FROM token_lot WHERE lot_id = 3;
SELECT settle();
SELECT * FROM told WHERE NOT picked;
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (3, 'T', 'flex_token', 2000, '2023-06-02 00:00:00');
SELECT settle();
SELECT count(*) FROM told WHERE NOT picked;
DELETE FROM token_lot WHERE lot_id = 3;
SELECT settle();
SELECT * FROM told WHERE NOT picked;
UPDATE alert_outbox SET picked_at = '2023-06-01 13:00:00' WHERE picked_at IS NULL;

-- a debt that was over when a late usage makes an older and longer one is written again
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (4, 'T', 'flex_token', 1000, '2023-06-05 00:00:00');
SELECT settle();
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (7, 't', 'model-derivative', 'rvt', 9000, '2023-05-20 00:00:00');
SELECT settle();
SELECT * FROM told WHERE since >= '2023-05-15';

-- rolled back with what was settled; by the autosettle trigger as by settle()
SELECT billing_autosettle(1);
BEGIN;
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (8, 'u', 'model-derivative', 'rvt', '2023-07-01 00:00:00');
SELECT team_id, alert, since, tokens FROM alert_outbox WHERE team_id = 'U';
ROLLBACK;
SELECT count(*) FROM alert_outbox WHERE team_id = 'U';
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (8, 'u', 'model-derivative', 'rvt', '2023-07-01 00:00:00');
SELECT team_id, alert, since, tokens FROM alert_outbox WHERE team_id = 'U';
-- what lies ahead is not told: neither a usage of tomorrow, nor a purchase of tomorrow that ends the debt
DELETE FROM alert_outbox;
DELETE FROM usage WHERE usage_id = 8;
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (9, 'u', 'model-derivative', 'rvt', '2999-01-01 00:00:00');
SELECT count(*) FROM alert_outbox;
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (8, 'u', 'model-derivative', 'rvt', '2023-07-01 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('U', 'flex_token', 100, '2999-01-01 00:00:00');
SELECT team_id, alert, since FROM alert_outbox;

-- usage without a payer is of no team, and there once all the same
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('x', 'model-derivative', 'rvt', '2023-07-02 00:00:00');
INSERT INTO alert_outbox(team_id, alert, since, at, tokens, message, title) SELECT * FROM scheduled WHERE alert = 'unassigned_usage';
INSERT INTO alert_outbox(team_id, alert, since, at, tokens, message, title) SELECT * FROM scheduled WHERE alert = 'unassigned_usage';
SELECT team_id, alert, since, message FROM alert_outbox WHERE alert = 'unassigned_usage';

-- what was over and is not: the lot that ended it goes, or comes later
DELETE FROM alert_outbox;
INSERT INTO team(team_id, account_id) VALUES ('V', 'A');
INSERT INTO app(client_id, account_id) VALUES ('v', 'A');
INSERT INTO app_team VALUES ('v', 'V', '2023-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (20, 'v', 'model-derivative', 'rvt', 10, '2023-02-01 00:00:00');
UPDATE alert_outbox SET picked_at = '2023-02-03 00:00:00' WHERE team_id = 'V';
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (20, 'V', 'flex_token', 100, '2023-02-05 00:00:00');
SELECT alert, since, over_at FROM told WHERE team_id = 'V';
UPDATE token_lot SET purchased_at = '2023-02-08 00:00:00' WHERE lot_id = 20;
SELECT alert, since, over_at FROM told WHERE team_id = 'V';
DELETE FROM token_lot WHERE lot_id = 20;
SELECT alert, since, over_at FROM told WHERE team_id = 'V' AND picked;

-- off: settling leaves the outbox alone
SELECT billing_alerts(0);
DELETE FROM alert_outbox;
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('u', 'model-derivative', 'rvt', '2023-06-01 00:00:00');
SELECT count(*) FROM alert_outbox;
SELECT count(*) FROM sqlite_schema WHERE name LIKE 'billing_alerts%';
SELECT count(*) FROM billing_check WHERE severity = 'error';
