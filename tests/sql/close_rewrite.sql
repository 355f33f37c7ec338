-- usage of a closed period that is written back as it was, as a program does that saves whole rows
SELECT billing_install();
INSERT INTO account(account_id, country) VALUES ('a', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'a');
INSERT INTO app(client_id, account_id) VALUES ('c', 'a');
INSERT INTO app_team VALUES ('c', 'T', '2025-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 3, '2025-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (1, 'c', 'model-derivative', 'rvt', 4, '2025-02-01 00:00:00'), (2, 'c', 'model-derivative', 'rvt', 8, '2025-02-02 00:00:00');
INSERT INTO period_close(team_id, closed_until) VALUES ('T', '2025-03-01 00:00:00');
CREATE TEMP VIEW stands AS SELECT usage_id, tokens, charged, uncharged, status FROM usage_status WHERE at = '2025-04-01 00:00:00';
SELECT * FROM stands;
UPDATE usage SET usage_id = usage_id, client_id = client_id, api = api, sku = sku, quantity = quantity, occurred_at = occurred_at, outcome = outcome, label = 'kept'; SELECT settle();
SELECT * FROM stands;
-- the same instant in another spelling is no other one
UPDATE usage SET occurred_at = '2025-02-02T09:00:00.000+09:00' WHERE usage_id = 2; SELECT settle();
SELECT * FROM stands;
SELECT usage_id, occurred_at, label FROM usage;
SELECT balance, uncharged, pending FROM wallet_balance('T', '2025-04-01 00:00:00');
SELECT * FROM billing_check WHERE severity = 'error';
-- a value that is another one is refused
UPDATE usage SET quantity = 5 WHERE usage_id = 1;
