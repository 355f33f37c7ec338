-- billing_alert: the alerts that follow from lots and debts, each at the instant at which it begins.
SELECT billing_install();
INSERT INTO account(account_id, country) VALUES ('A', 'JP'), ('E', 'JP');
UPDATE account SET agreement = 'eba' WHERE account_id = 'E';
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'A'), ('none', 'A'), ('eba', 'E');
INSERT INTO app(client_id, account_id) VALUES ('t', 'A'), ('u', 'A');
INSERT INTO app_team VALUES ('t', 'T', '2023-01-01 00:00:00'), ('u', 'U', '2023-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
  (1, 'T', 'flex_token', 100, '2024-01-01 00:00:00'),
  (2, 'eba', 'flex_token', 10, '2024-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 't', 'model-derivative', 'rvt', 138, '2024-02-01 09:00:00'),
  (2, 't', 'model-derivative', 'dwg', 10,  '2024-02-02 09:00:00'),
  (3, 't', 'model-derivative', 'rvt', 60,  '2024-02-03 09:00:00'),
  (4, 't', 'model-derivative', 'dwg', 5,   '2024-02-04 09:00:00');
SELECT settle();

-- D99: 31 tokens are not low, 30 are; a team without lots, and one outside the rules, never are
SELECT alert, since, tokens, title FROM billing_alert WHERE at = '2024-02-02 08:59:59.999' AND alert <> 'lots_lapsing';
SELECT team_id, alert, since, tokens, message, title FROM billing_alert('T', '2024-02-02 09:00:00') WHERE alert NOT LIKE 'unusual%';
SELECT team_id, alert, since, tokens FROM billing_alert WHERE at = '2024-02-02 12:00:00' AND alert = 'low_balance';
-- the threshold is data
UPDATE policy SET value = 29.99 WHERE name = 'low_balance_tokens';
SELECT count(*) FROM billing_alert('T', '2024-02-02 12:00:00') WHERE alert = 'low_balance';
UPDATE policy SET value = 30 WHERE name = 'low_balance_tokens';

-- exactly 0 is low and not negative (D93); a debt is both negative and uncharged (D94, D96, D65-D69)
SELECT alert, since, tokens, message FROM billing_alert('T', '2024-02-03 09:00:00') WHERE alert NOT LIKE 'unusual%';
SELECT alert, since, tokens, message, title FROM billing_alert('T', '2024-02-04 09:00:00') WHERE alert NOT LIKE 'unusual%';
-- Q18: the last instant of grace, and the first one without
SELECT alert, since, tokens FROM billing_alert('T', '2024-02-18 08:59:59.999');
SELECT alert, since, tokens, message, title FROM billing_alert('T', '2024-02-18 09:00:00');
-- beyond min_purchase_tokens it takes the whole debt, in whole tokens
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (5, 't', 'model-derivative', 'dwg', 1234, '2024-02-19 09:00:00');
SELECT settle();
SELECT alert, since, tokens, message FROM billing_alert('T', '2024-02-19 09:00:00') WHERE alert NOT LIKE 'unusual%';
-- D41: after the purchase support has to unblock; a support that came first waits for the purchase
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (3, 'T', 'flex_token', 124, '2024-03-01 00:00:00');
SELECT settle();
SELECT alert, since, tokens, message FROM billing_alert('T', '2024-03-01 00:00:00');
INSERT INTO unblock VALUES ('T', '2024-02-25 00:00:00', NULL);
SELECT settle();
SELECT alert, since, tokens, message FROM billing_alert('T', '2024-02-28 00:00:00') WHERE alert = 'limited';
SELECT alert, since, tokens, message FROM billing_alert('T', '2024-03-01 00:00:00');
UPDATE policy SET value = 'auto' WHERE name = 'restore';
DELETE FROM unblock;
SELECT settle();
SELECT alert, message FROM billing_alert('T', '2024-02-28 00:00:00') WHERE alert = 'limited';
SELECT alert FROM billing_alert('T', '2024-03-01 00:00:00');

-- since when a balance is low: since a lapse, a move to another team, or the first lot; purchases that
-- do not lift it above the threshold leave it low
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES
  (11, 'U', 'flex_token', 20,  '2024-01-01 00:00:00', '2024-06-01 00:00:00'),
  (12, 'U', 'flex_token', 100, '2024-01-10 00:00:00', '2024-03-01 00:00:00'),
  (13, 'U', 'flex_token', 5,   '2024-03-05 00:00:00', '2024-06-01 00:00:00'),
  (14, 'U', 'flex_token', 100, '2024-03-10 00:00:00', '2025-03-10 00:00:00');
INSERT INTO lot_move VALUES (14, 'none', '2024-03-20 00:00:00.500');
SELECT settle();
SELECT at, since, tokens FROM billing_alert WHERE team_id = 'U' AND alert = 'low_balance' AND at IN
  ('2024-01-05 00:00:00', '2024-02-29 23:59:59', '2024-03-01 00:00:00', '2024-03-07 00:00:00', '2024-03-10 00:00:00', '2024-03-21 00:00:00', '2024-06-01 00:00:00')
ORDER BY at;
-- a team that a lot has moved to is low again once it has lapsed there
SELECT at, since, tokens FROM billing_alert WHERE team_id = 'none' AND alert = 'low_balance' AND at IN ('2024-03-20 00:00:00', '2024-03-21 00:00:00', '2025-03-10 00:00:00') ORDER BY at;

-- D112: one for the lots that end together, from 90 days before; lapsed lots and empty ones are none
SELECT at, since, tokens, message, title FROM billing_alert WHERE team_id = 'U' AND alert = 'lots_lapsing' AND at IN
  ('2024-01-01 00:00:00', '2024-03-02 23:59:59.999', '2024-03-03 00:00:00', '2024-03-05 00:00:00', '2024-05-31 23:59:59.999', '2024-06-01 00:00:00')
ORDER BY at, since;
UPDATE token_lot SET voided_at = '2024-05-01 00:00:00' WHERE lot_id = 13;
SELECT settle();
SELECT since, tokens, message FROM billing_alert('U', '2024-04-01 00:00:00') WHERE alert = 'lots_lapsing' ORDER BY since;
UPDATE policy SET value = 14 WHERE name = 'lapse_notice_days';
SELECT at, since, tokens FROM billing_alert WHERE team_id = 'U' AND alert = 'lots_lapsing' AND at IN ('2024-04-16 23:59:59', '2024-04-17 00:00:00');

-- kinds that pay some apis only: a debt beside tokens is uncharged and not negative
INSERT INTO token_kind(kind, rank, name) VALUES ('scans', 1, 'Scans');
INSERT INTO kind_api VALUES ('scans', 'reality-capture');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('U', 'scans', 50, '2024-07-01 00:00:00');
INSERT INTO usage(client_id, api, sku, quantity, occurred_at) VALUES ('u', 'model-derivative', 'rvt', 20, '2024-07-02 00:00:00'), ('u', 'model-derivative', 'rvt', 100, '2024-07-03 00:00:00');
SELECT settle();
SELECT alert, since, tokens FROM billing_alert('U', '2024-07-02 12:00:00');
SELECT alert, since, tokens FROM billing_alert('U', '2024-07-03 12:00:00') WHERE alert NOT LIKE 'unusual%';

-- D36: outside the rules nothing but what is owed from before
SELECT alert FROM billing_alert('eba', '2024-02-02 12:00:00');

-- arguments and errors as in all reading tables
SELECT count(*) FROM billing_alert('nobody', '2024-02-02 12:00:00');
SELECT count(*) FROM billing_alert WHERE team_id = NULL;
SELECT count(*) FROM billing_alert('T', 'soon');
SELECT a.alert FROM team t CROSS JOIN billing_alert(t.team_id, '2024-02-10 00:00:00') a WHERE t.team_id = 'T' ORDER BY a.alert;
SELECT group_concat(name || ' ' || type, ', ') FROM pragma_table_xinfo('billing_alert') WHERE hidden = 0;
