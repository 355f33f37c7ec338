-- samples/alerts_due.sql: what comes with time is there once, and goes when it is over; contacts; budgets, trials, subscriptions.
SELECT billing_install();
INSERT INTO billing_setting(name, value) VALUES ('alerts', 1);
UPDATE policy SET value = 10 WHERE name = 'lapse_notice_days';
UPDATE policy SET value = 1000000 WHERE name = 'unusual_spend_tokens';
CREATE TEMP VIEW box AS SELECT alert_id, team_id, alert, since, recipient, picked_at IS NOT NULL AS picked, over_at FROM alert_outbox ORDER BY alert_id;
INSERT INTO account(account_id, country) VALUES ('A', 'JP'), ('B', 'JP'), ('C', 'XX');
INSERT INTO country VALUES ('XX', NULL);
INSERT INTO team(team_id, account_id, name) VALUES ('T', 'A', 'Bridges'), ('U', 'A', NULL), ('V', 'B', 'Roads'), ('X', 'C', NULL);
INSERT INTO app(client_id, account_id) VALUES ('t', 'A'), ('v', 'B');
INSERT INTO app_team VALUES ('t', 'T', '2020-01-01 00:00:00'), ('v', 'T', '2020-01-01 00:00:00');

-- contacts: one address; names of alerts; known accounts and teams
INSERT INTO contact(account_id, address, wants) VALUES ('A', 'a@example.com', 'low_balance, limited'), ('A', 'all@example.com', NULL);
INSERT INTO contact(account_id, team_id, address) VALUES ('A', 'T', 't@example.com'), ('A', 'U', 'u@example.com');
INSERT INTO contact(account_id, address) VALUES ('B', 'b@example.com');
INSERT INTO contact(account_id, address, wants) VALUES ('A', 'a@example.com', 'low_balance, nothing');
INSERT INTO contact(account_id, address, wants) VALUES ('A', 'a@example.com', ' , ');
INSERT INTO contact(account_id, address) VALUES ('A', 'a b@example.com');
INSERT OR IGNORE INTO contact(account_id, address) VALUES ('A', NULL);
UPDATE contact SET account_id = 'Z' WHERE contact_id = 1;
DELETE FROM account WHERE account_id = 'B';
SELECT * FROM contact;

-- D68, D69: the owner of the app is told of uncharged usage, and of nothing else
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2024-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (1, 't', 'model-derivative', 'rvt', 150, '2024-02-01 00:00:00');
SELECT settle();
SELECT recipient, alert, tokens, subject, text FROM alert_outbox ORDER BY recipient;
-- it waits: it follows what holds
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (2, 't', 'model-derivative', 'rvt', 10, '2024-02-01 01:00:00');
SELECT settle();
SELECT DISTINCT alert, tokens, message, text FROM alert_outbox;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (3, 't', 'model-derivative', 'rvt', 50, '2024-02-02 00:00:00');
SELECT settle();
SELECT * FROM box;
-- an app of another owner joins the debt that is open
UPDATE alert_outbox SET picked_at = '2024-02-02 01:00:00';
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (4, 'v', 'model-derivative', 'rvt', 2, '2024-02-03 00:00:00');
SELECT settle();
SELECT * FROM box WHERE NOT picked;

-- time-driven: grace, then limited, each once; grace is over when it ends
.parameter set :at "'2024-02-04 00:00:00'"
.read samples/alerts_due.sql
.read samples/alerts_due.sql
SELECT * FROM box WHERE NOT picked;
UPDATE alert_outbox SET picked_at = '2024-02-04 01:00:00' WHERE picked_at IS NULL;
-- Case 16: a late usage moves the start of what was picked up
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (5, 't', 'model-derivative', 'rvt', 60, '2024-01-31 00:00:00');
SELECT settle();
SELECT since FROM billing_alert('T', '2024-02-05 00:00:00') WHERE alert = 'grace_ending';
.parameter set :at "'2024-02-05 00:00:00'"
.read samples/alerts_due.sql
SELECT count(*) FROM box WHERE NOT picked;
.parameter set :at "'2024-02-20 00:00:00'"
.read samples/alerts_due.sql
SELECT * FROM box WHERE NOT picked OR alert = 'grace_ending';
-- withdrawn when it is paid and unblocked before anybody picked it up
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (2, 'T', 'flex_token', 200, '2024-02-21 00:00:00');
INSERT INTO unblock VALUES ('T', '2024-02-21 00:00:00', NULL);
SELECT settle();
SELECT * FROM box WHERE NOT picked;
SELECT DISTINCT alert, over_at FROM box ORDER BY 1;

-- Case 17: low, then a purchase
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (6, 't', 'model-derivative', 'rvt', 300, '2024-03-01 00:00:00');
SELECT settle();
SELECT alert, recipient, message FROM alert_outbox WHERE picked_at IS NULL;
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (3, 'T', 'flex_token', 500, '2024-03-02 00:00:00');
SELECT settle();
SELECT count(*) FROM box WHERE NOT picked;
-- a lot that is voided, or moved away, makes the balance low; the end of its year is the scheduler's
UPDATE token_lot SET voided_at = '2024-03-03 00:00:00' WHERE lot_id = 3;
SELECT settle();
SELECT DISTINCT alert, since FROM box WHERE NOT picked;
UPDATE token_lot SET voided_at = NULL WHERE lot_id = 3;
SELECT settle();
SELECT count(*) FROM box WHERE NOT picked;

-- budgets: each its own alert, since the usage that went beyond it
INSERT INTO budget(budget_id, team_id, tokens, starts_at, ends_at) VALUES (1, 'T', 10, '2024-03-10 00:00:00', '2024-04-10 00:00:00'), (2, 'T', 10, '2024-03-01 00:00:00', NULL);
INSERT INTO budget(budget_id, team_id, client_id, tokens, starts_at) VALUES (3, 'T', 't', 10, '2024-03-10 00:00:00');
INSERT INTO budget(budget_id, client_id, label, tokens, starts_at) VALUES (4, 't', 'night', 5, '2024-03-10 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, label) VALUES
  (7, 't', 'model-derivative', 'rvt', 20, '2024-03-11 00:00:00', 'night'), (8, 't', 'model-derivative', 'rvt', 1, '2024-03-12 00:00:00', NULL);
SELECT settle();
SELECT team_id, since, tokens, message FROM billing_alert('T', '2024-03-12 00:00:00') WHERE alert = 'budget_exceeded';
SELECT team_id, since, tokens, message FROM billing_alert WHERE at = '2024-03-12 00:00:00' AND alert = 'budget_exceeded' AND team_id IS NULL;
SELECT count(*) FROM billing_alert('T', '2024-03-11 23:59:59.999') WHERE alert = 'budget_exceeded' AND message NOT LIKE 'Budget 2%';
SELECT since, message, count(*) FROM alert_outbox WHERE alert = 'budget_exceeded' GROUP BY message;
-- the budget is larger: withdrawn
UPDATE budget SET tokens = 1000 WHERE budget_id IN (2, 3);
SELECT settle('T');
UPDATE usage SET quantity = 2 WHERE usage_id = 8;
SELECT settle();
SELECT since, message, count(*) FROM alert_outbox WHERE alert = 'budget_exceeded' GROUP BY message;
SELECT count(*) FROM billing_alert('T', '2024-04-10 00:00:00') WHERE alert = 'budget_exceeded';

-- D46: the trial ends, 14 days ahead
UPDATE account SET trial_started_at = '2024-01-01 00:00:00' WHERE account_id = 'B';
SELECT settle();
SELECT count(*) FROM billing_alert('V', '2024-03-16 23:59:59.999') WHERE alert = 'trial_ending';
SELECT since, tokens, message, title FROM billing_alert('V', '2024-03-17 00:00:00') WHERE alert = 'trial_ending';
SELECT count(*) FROM billing_alert('V', '2024-03-31 00:00:00') WHERE alert = 'trial_ending';
UPDATE account SET trial_ended_at = '2024-02-01 00:00:00' WHERE account_id = 'B';
SELECT since FROM billing_alert('V', '2024-01-31 00:00:00') WHERE alert = 'trial_ending';
UPDATE account SET agreement = 'eba' WHERE account_id = 'B';
SELECT count(*) FROM billing_alert('V', '2024-01-31 00:00:00') WHERE alert = 'trial_ending';
-- D34: the subscription ends and nothing follows; only where Flex is not sold
INSERT INTO subscription VALUES ('C', '2024-01-01 00:00:00', '2025-01-01 00:00:00'), ('A', '2024-01-01 00:00:00', '2025-01-01 00:00:00');
SELECT settle();
SELECT team_id, since, message, title FROM billing_alert WHERE at = '2024-12-18 00:00:00' AND alert = 'subscription_ending';
SELECT count(*) FROM billing_alert('X', '2024-12-17 23:59:59.999') WHERE alert = 'subscription_ending';
INSERT INTO subscription VALUES ('C', '2025-01-01 00:00:00', '2026-01-01 00:00:00');
SELECT count(*) FROM billing_alert('X', '2024-12-31 00:00:00') WHERE alert = 'subscription_ending';

-- a function of triggers alone; a table of its own in an attached file stays alone
SELECT billing_alert_address(1);
SELECT count(*) FROM billing_check WHERE severity = 'error';
