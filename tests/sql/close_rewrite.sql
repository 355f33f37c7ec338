-- usage of a closed period that is written back as it was, as a program does that saves whole rows
SELECT billing_install();
INSERT INTO account(account_id, country) VALUES ('a', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'a');
INSERT INTO app(client_id, account_id) VALUES ('c', 'a');
INSERT INTO app_team VALUES ('c', 'T', '2025-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 3, '2025-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, user_id, label, source_id) VALUES (1, 'c', 'model-derivative', 'rvt', 4, '2025-02-01 00:00:00', 'ann', 'bridge', 's1'), (2, 'c', 'model-derivative', 'rvt', 8, '2025-02-02 00:00:00', NULL, NULL, NULL);
INSERT INTO period_close(team_id, closed_until) VALUES ('T', '2025-03-01 00:00:00');
CREATE TEMP VIEW stands AS SELECT usage_id, tokens, charged, uncharged, status FROM usage_status WHERE at = '2025-04-01 00:00:00';
SELECT * FROM stands;
UPDATE usage SET usage_id = usage_id, client_id = client_id, api = api, sku = sku, quantity = quantity, occurred_at = occurred_at, outcome = outcome, user_id = user_id, label = label, source_id = source_id; SELECT settle();
SELECT * FROM stands;
-- the same instant in another spelling is no other one
UPDATE usage SET occurred_at = '2025-02-02T09:00:00.000+09:00' WHERE usage_id = 2; SELECT settle();
SELECT * FROM stands;
SELECT usage_id, occurred_at, user_id, label, source_id FROM usage;
SELECT balance, uncharged, pending FROM wallet_balance('T', '2025-04-01 00:00:00');
SELECT * FROM billing_check WHERE severity = 'error';
-- a value that is another one is refused
UPDATE usage SET quantity = 5 WHERE usage_id = 1;
-- what describes it as well: reports of the period group by it, and a repeated load goes by source_id
CREATE TEMP VIEW paid AS SELECT user_id, label, tokens, charged FROM charge_back('T', '2025-02-01 00:00:00', '2025-03-01 00:00:00', '2025-02-28 00:00:00');
SELECT * FROM paid;
UPDATE usage SET user_id = 'bob' WHERE usage_id = 1;
UPDATE usage SET user_id = NULL WHERE usage_id = 1;
UPDATE usage SET label = 'tower' WHERE usage_id = 2;
UPDATE OR IGNORE usage SET label = 'tower';
UPDATE usage SET source_id = 's2' WHERE usage_id = 2;
INSERT INTO usage(client_id, api, sku, quantity, occurred_at, label, source_id) VALUES ('c', 'model-derivative', 'rvt', 4, '2025-02-01 00:00:00', 'tower', 's1') ON CONFLICT (source_id) DO UPDATE SET label = excluded.label;
SELECT * FROM paid;
-- what came too late for the close is read after it alone, and free
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, label) VALUES (3, 'c', 'model-derivative', 'rvt', 2, '2025-02-03 00:00:00', 'late'); SELECT settle();
UPDATE usage SET label = 'tower' WHERE usage_id = 3;
SELECT * FROM paid;
SELECT label, tokens FROM charge_back('T', '2025-02-01 00:00:00', '2025-03-01 00:00:00', '2025-03-01 00:00:00');
-- the remedy: open, change, close again
DELETE FROM period_close;
UPDATE usage SET label = 'tower', source_id = 's2' WHERE usage_id = 2;
INSERT INTO period_close(team_id, closed_until) VALUES ('T', '2025-03-01 00:00:00');
SELECT * FROM paid;
SELECT * FROM billing_check WHERE severity = 'error';
