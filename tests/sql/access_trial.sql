-- Trial, EBA, and their place before all other states
SELECT billing_install() > 0;
SELECT billing_autosettle(1);
INSERT INTO account(account_id, country, trial_started_at) VALUES ('A', 'JP', '2025-01-01 06:00:00');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');
CREATE VIEW told AS SELECT at, balance, uncharged, access, access(team_id, at) = access AS agree, can_call('c', 'model-derivative', at) AS premium, can_call('c', 'viewer', at) AS free
  FROM wallet_balance WHERE team_id = 'T';
CREATE TABLE look(at TEXT);
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'c', 'model-derivative', 'rvt', 2, '2025-01-01 05:59:59.999'),
  (2, 'c', 'model-derivative', 'rvt', 4, '2025-01-01 06:00:00'),
  (3, 'c', 'model-derivative', 'rvt', 8, '2025-04-01 05:59:59.999'),
  (4, 'c', 'model-derivative', 'rvt', 16, '2025-04-01 06:00:00');

-- D43, D44, Q23: 90 times 24 hours, its begin in it and its end not; all apis, nothing consumed
SELECT usage_id, tokens, uncharged, status FROM usage_status('T', '2026-01-01 00:00:00') ORDER BY usage_id;
INSERT INTO look VALUES ('2025-01-01 05:59:59.999'), ('2025-01-01 06:00:00'), ('2025-01-20 00:00:00'), ('2025-04-01 05:59:59.999'), ('2025-04-01 06:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
SELECT day, events, quantity, tokens FROM usage_daily('T');

-- D46: the switch to full access is automatic. The debt of before the trial has had its grace in the trial, and the block shows after it
DELETE FROM usage WHERE usage_id = 4;
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
DELETE FROM usage WHERE usage_id = 1;
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;

-- D47: the switch at any time before
UPDATE account SET trial_ended_at = '2025-01-20 00:00:00';
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (5, 'c', 'model-derivative', 'rvt', 32, '2025-01-19 23:59:59.999'), (6, 'c', 'model-derivative', 'rvt', 64, '2025-01-20 00:00:00');
SELECT usage_id, tokens, uncharged, status FROM usage_status('T', '2026-01-01 00:00:00') ORDER BY usage_id;
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- a switch after the 90 days changes nothing; one at the start leaves no trial
UPDATE account SET trial_ended_at = '2026-01-01 00:00:00';
SELECT usage_id, uncharged, status FROM usage_status('T', '2026-01-01 00:00:00') ORDER BY usage_id;
UPDATE account SET trial_ended_at = '2025-01-01 06:00:00';
SELECT usage_id, uncharged, status FROM usage_status('T', '2026-01-01 00:00:00') ORDER BY usage_id;
-- policy trial_days, and a trial without begin
UPDATE account SET trial_ended_at = NULL;
UPDATE policy SET value = 18.75 WHERE name = 'trial_days';
SELECT access('T', '2025-01-19 23:59:59.999'), access('T', '2025-01-20 00:00:00');
UPDATE policy SET value = 90 WHERE name = 'trial_days';
UPDATE account SET trial_started_at = NULL, trial_ended_at = '2025-01-20 00:00:00';

-- Q24: the year of a lot bought in the trial runs from its purchase, and nothing draws from it
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2025-01-10 00:00:00');
SELECT expires_at, used, remaining, state FROM lot_balance('T', '2025-01-15 00:00:00');
SELECT used, remaining, state FROM lot_balance('T', '2025-03-31 23:59:59');
-- but it pays what was owed before the trial
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (7, 'c', 'model-derivative', 'rvt', 2, '2024-12-31 00:00:00');
SELECT used, remaining, state FROM lot_balance('T', '2025-01-15 00:00:00');

-- the trial is the account's: all of its teams, no other ones
INSERT INTO account(account_id, country) VALUES ('B', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T2', 'A'), ('U', 'B');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('c', 'T2', '2025-01-05 00:00:00'), ('c', 'U', '2025-01-10 00:00:00'), ('c', 'T', '2025-03-26 00:00:00');
SELECT usage_id, team_id, uncharged, status FROM usage_status WHERE at = '2026-01-01 00:00:00' ORDER BY usage_id;
SELECT team_id, access FROM wallet_balance WHERE at = '2025-01-20 00:00:00';

-- D36, Q33: EBA is out of scope: excluded before trial, before none and whatever it owed; its usage is listed
UPDATE account SET agreement = 'eba' WHERE account_id = 'A';
SELECT usage_id, team_id, uncharged, status FROM usage_status WHERE at = '2026-01-01 00:00:00' ORDER BY usage_id;
SELECT at, team_id, access, balance FROM wallet_balance WHERE at IN ('2025-01-15 00:00:00', '2026-01-01 00:00:00') ORDER BY at, team_id;
SELECT can_call('c', 'model-derivative', '2025-04-01 00:00:00'), can_call('c', 'viewer', '2025-04-01 00:00:00'), can_call('c', 'teleport', '2025-04-01 00:00:00');
INSERT INTO country(country, flex_from) VALUES ('XX', NULL);
UPDATE account SET country = 'XX' WHERE account_id = 'A';
SELECT access('T', '2025-01-15 00:00:00'), access('T', '2026-01-01 00:00:00');
-- and back: as if it had never been
UPDATE account SET agreement = 'flex', country = 'JP' WHERE account_id = 'A';
SELECT usage_id, team_id, uncharged, status FROM usage_status WHERE at = '2026-01-01 00:00:00' ORDER BY usage_id;
-- trial before none: where Flex is not sold a trial needs no subscription
UPDATE account SET country = 'XX' WHERE account_id = 'A';
SELECT access('T', '2025-01-01 05:59:59'), access('T', '2025-01-15 00:00:00'), access('T', '2025-04-01 06:00:00');
SELECT severity, rule, subject FROM billing_check WHERE severity = 'error';
