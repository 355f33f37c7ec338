SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('A', 'JP'), ('B', NULL), ('C', 'XX');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'B'), ('V', 'C');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, source_id) VALUES (1, 'T', 'flex_token', 100, '2025-01-01 00:00:00', 'order 1');

-- what does not exist
INSERT INTO team(team_id, account_id) VALUES ('W', 'Z');
INSERT INTO app(client_id, account_id) VALUES ('d', 'Z');
INSERT INTO app_team VALUES ('z', 'T', '2025-01-01 00:00:00');
INSERT INTO app_team VALUES ('c', 'Z', '2025-01-01 00:00:00');
INSERT INTO product_assignment VALUES ('Z', 'T', '2025-01-01 00:00:00', NULL);
INSERT INTO product_assignment VALUES ('A', 'Z', '2025-01-01 00:00:00', NULL);
INSERT INTO kind_api VALUES ('gold', 'viewer');
INSERT INTO kind_api VALUES ('flex_token', 'vewer');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('Z', 'flex_token', 100, '2025-01-01 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('T', 'gold', 100, '2025-01-01 00:00:00');
INSERT INTO lot_move VALUES (2, 'U', '2025-01-01 00:00:00');
INSERT INTO lot_move VALUES (NULL, 'U', '2025-01-01 00:00:00');
INSERT INTO lot_move VALUES (1, 'Z', '2025-01-01 00:00:00');
INSERT INTO api_alias VALUES ('v', 'vewer');
INSERT INTO sku_alias VALUES ('vewer', 'a', 'b', '2025-01-01 00:00:00');
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('vewer', '*', '2025-01-01 00:00:00', 1);
INSERT INTO outcome_rule VALUES ('vewer', 'failed', 0);
INSERT INTO subscription VALUES ('Z', '2025-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO unblock VALUES ('Z', '2025-01-01 00:00:00', NULL);
UPDATE team SET account_id = 'Z' WHERE team_id = 'T';
UPDATE token_lot SET team_id = 'Z';
UPDATE token_lot SET kind = 'gold';
UPDATE app SET account_id = 'Z';

-- what others refer to stays
INSERT INTO app_team VALUES ('c', 'T', '2025-01-01 00:00:00');
INSERT INTO lot_move VALUES (1, 'U', '2025-02-01 00:00:00');
DELETE FROM account WHERE account_id = 'A';
DELETE FROM team WHERE team_id = 'T';
DELETE FROM team WHERE team_id = 'U';
DELETE FROM app;
DELETE FROM token_kind WHERE kind = 'flex_token';
DELETE FROM token_kind WHERE kind = 'cloud_credit';
DELETE FROM token_lot;
DELETE FROM api WHERE api = 'design-automation';
DELETE FROM api WHERE api = 'model-derivative';
UPDATE account SET account_id = 'A2' WHERE account_id = 'A';
UPDATE team SET team_id = 'T2' WHERE team_id = 'T';
UPDATE app SET client_id = 'c2';
UPDATE token_kind SET kind = 'flex' WHERE kind = 'flex_token';
UPDATE token_lot SET lot_id = 2;
UPDATE token_lot SET rowid = 2;
UPDATE api SET api = 'da' WHERE api = 'design-automation';

-- OR REPLACE keeps the key and so the references, but must not drop a lot that has moved
INSERT OR REPLACE INTO team(team_id, account_id, name) VALUES ('T', 'A', 'again');
INSERT OR REPLACE INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, source_id) VALUES (1, 'T', 'flex_token', 200, '2025-01-01 00:00:00', 'order 1');
INSERT OR REPLACE INTO token_lot(team_id, kind, tokens, purchased_at, source_id) VALUES ('T', 'flex_token', 300, '2025-01-01 00:00:00', 'order 1');
INSERT OR REPLACE INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, source_id) VALUES (9, 'T', 'flex_token', 300, '2025-01-01 00:00:00', 'order 1');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, source_id) VALUES (2, 'T', 'flex_token', 100, '2025-01-01 00:00:00', 'order 2');
UPDATE OR REPLACE token_lot SET source_id = 'order 1' WHERE lot_id = 2;
INSERT OR IGNORE INTO token_lot(team_id, kind, tokens, purchased_at, source_id) VALUES ('T', 'flex_token', 300, '2025-01-01 00:00:00', 'order 1');
SELECT lot_id, tokens, source_id FROM token_lot;
DELETE FROM lot_move;
INSERT OR REPLACE INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, source_id) VALUES (9, 'T', 'flex_token', 300, '2025-01-01 00:00:00', 'order 1');
SELECT lot_id, tokens, source_id FROM token_lot;

-- and what nobody needs goes
DELETE FROM token_lot;
DELETE FROM app_team;
DELETE FROM team WHERE team_id = 'T';
UPDATE team SET team_id = 'V2' WHERE team_id = 'V';
DELETE FROM app;
DELETE FROM account WHERE account_id = 'A';
DELETE FROM api WHERE api = 'webhooks';
SELECT team_id FROM team;

-- cloud credits are sold until Flex is (D24), and go on where it is not sold, and without a country: what says otherwise
-- is taken, in whichever order the facts come, and warned of
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'cloud_credit', 1, '2022-11-06 23:59:59.999');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (2, 'T', 'cloud_credit', 1, '2022-11-07 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (3, 'V2', 'cloud_credit', 1, '2022-11-07 00:00:00');
SELECT rule, subject, detail FROM billing_check WHERE rule = 'lot_market';
UPDATE token_lot SET purchased_at = '2022-11-07 00:00:00' WHERE lot_id = 1;
INSERT INTO country VALUES ('XX', NULL);
SELECT rule, subject, detail FROM billing_check WHERE rule = 'lot_market';
UPDATE country SET flex_from = '2022-01-01 00:00:00' WHERE country = 'XX';
SELECT rule, subject, detail FROM billing_check WHERE rule = 'lot_market';
-- the kind that is meant is data
UPDATE policy SET value = 'adjustment' WHERE name = 'credit_kind';
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (4, 'T', 'adjustment', 1, '2022-11-07 00:00:00');
SELECT rule, subject, detail FROM billing_check WHERE rule = 'lot_market';
