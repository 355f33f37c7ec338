-- A closed period shows usage by the names that it had, whoever pays for the app by now
SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');
INSERT INTO app_team VALUES ('c', 'T', '2020-01-01 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('T', 'flex_token', 100, '2025-01-01 00:00:00'), ('U', 'flex_token', 100, '2025-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (1, 'c', 'model-derivative', 'dwg', 1, '2025-01-10 00:00:00'), (2, 'c', 'model-derivative', 'dwg', 1, '2025-02-10 00:00:00');
SELECT settle();
INSERT INTO period_close VALUES ('T', '2025-02-01 00:00:00');
-- the app is now said to have been with U all the time: what is closed stays with T, under its name
UPDATE app_team SET team_id = 'U';
INSERT INTO sku_alias VALUES ('model-derivative', 'dwg', 'complex', '2025-01-01 00:00:00');
SELECT settle();
SELECT usage_id, team_id, sku, tokens FROM usage_status ORDER BY usage_id;
SELECT usage_id, team_id, sku, tokens FROM usage_status('T', '2025-01-31 00:00:00');
SELECT day, team_id, sku, events FROM usage_daily('T', '2025-01-31 00:00:00');
-- a close of U re-opened leaves the names that T's close keeps
INSERT INTO period_close VALUES ('U', '2025-01-05 00:00:00');
DELETE FROM period_close WHERE team_id = 'U';
SELECT usage_id, team_id, sku FROM usage_status('T', '2025-01-31 00:00:00');
-- T's own re-opened: the usage is U's, under the name of today
DELETE FROM period_close WHERE team_id = 'T';
SELECT settle();
SELECT usage_id, team_id, sku, tokens FROM usage_status ORDER BY usage_id;
-- usage that came too late for one close and is held by the next is open again without that one
INSERT INTO period_close VALUES ('U', '2025-02-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (3, 'c', 'model-derivative', 'ifc', 1, '2025-01-20 00:00:00');
INSERT INTO period_close VALUES ('U', '2025-03-01 00:00:00');
INSERT INTO sku_alias VALUES ('model-derivative', 'ifc', 'simple', '2025-01-01 00:00:00');
SELECT usage_id, team_id, sku, tokens FROM usage_status WHERE usage_id = 3;
DELETE FROM period_close WHERE closed_until = '2025-03-01 00:00:00';
SELECT settle();
SELECT usage_id, team_id, sku, tokens FROM usage_status WHERE usage_id = 3;
SELECT * FROM billing_check WHERE severity = 'error';
