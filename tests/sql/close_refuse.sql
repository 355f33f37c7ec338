-- Closed periods: what is settled in them is neither changed nor deleted, by any statement; the rest is
SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, source_id) VALUES (1, 'T', 'flex_token', 10, '2025-01-02 00:00:00', 'l1'), (2, 'T', 'flex_token', 10, '2025-02-02 00:00:00', 'l2'), (3, 'T', 'flex_token', 1, '2024-01-15 00:00:00', 'l3');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, source_id) VALUES (1, 'c', 'model-derivative', 'rvt', 4, '2025-01-10 00:00:00', 's1'), (2, 'c', 'model-derivative', 'rvt', 4, '2025-02-10 00:00:00', 's2'), (3, 'c', 'viewer', NULL, 4, '2025-01-10 00:00:00', 's3'), (4, 'c', 'teleport', NULL, 4, '2025-01-10 00:00:00', 's4');
INSERT INTO unblock(team_id, unblocked_at) VALUES ('T', '2025-01-05 00:00:00'), ('T', '2025-02-05 00:00:00');
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (1, 'U', '2025-01-20 00:00:00'), (1, 'T', '2025-02-20 00:00:00');

-- the close itself
INSERT INTO period_close(team_id, closed_until) VALUES ('Z', '2025-02-01 00:00:00');
INSERT INTO period_close(team_id, closed_until) VALUES ('T', '2025-02');
INSERT INTO period_close(team_id, closed_until) VALUES ('T', NULL);
INSERT OR IGNORE INTO period_close(team_id, closed_until) VALUES ('T', 'soon');
INSERT INTO period_close(team_id, closed_until) VALUES ('T', '2025-02-01 00:00:00');
INSERT INTO period_close(team_id, closed_until) VALUES ('T', '2025-02-01 00:00:00');
INSERT OR IGNORE INTO period_close(team_id, closed_until) VALUES ('T', '2025-02-01 00:00:00');
INSERT OR REPLACE INTO period_close(team_id, closed_until) VALUES ('T', '2025-02-01 00:00:00');
INSERT INTO period_close(team_id, closed_until) VALUES ('T', '2025-01-15 00:00:00');
UPDATE period_close SET closed_until = '2025-03-01 00:00:00';
SELECT * FROM period_close;

-- usage of the closed time that is settled: free usage, too
UPDATE usage SET quantity = 5 WHERE usage_id = 1;
UPDATE usage SET occurred_at = '2025-02-15 00:00:00' WHERE usage_id = 1;
UPDATE usage SET client_id = 'x', outcome = 'failed' WHERE usage_id = 3;
UPDATE OR IGNORE usage SET quantity = 5 WHERE usage_id = 1;
DELETE FROM usage WHERE usage_id = 1;
DELETE FROM usage;
INSERT OR REPLACE INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (1, 'c', 'model-derivative', 'rvt', 5, '2025-01-10 00:00:00');
INSERT OR REPLACE INTO usage(client_id, api, sku, quantity, occurred_at, source_id) VALUES ('c', 'model-derivative', 'rvt', 5, '2025-01-10 00:00:00', 's1');
INSERT INTO usage(client_id, api, sku, quantity, occurred_at, source_id) VALUES ('c', 'model-derivative', 'rvt', 5, '2025-01-10 00:00:00', 's1') ON CONFLICT (source_id) DO UPDATE SET quantity = 9;
UPDATE OR REPLACE usage SET usage_id = 1 WHERE usage_id = 2;
UPDATE OR REPLACE usage SET source_id = 's1' WHERE usage_id = 2;
PRAGMA recursive_triggers = ON;
INSERT OR REPLACE INTO usage(client_id, api, sku, quantity, occurred_at, source_id) VALUES ('c', 'model-derivative', 'rvt', 5, '2025-01-10 00:00:00', 's1');
PRAGMA recursive_triggers = OFF;
-- usage that is moved into the closed time from outside is late usage
UPDATE usage SET occurred_at = '2025-01-31 00:00:00' WHERE usage_id = 2;
SELECT settle();
SELECT usage_id, occurred_at, charged_at FROM ledger WHERE usage_id = 2;
UPDATE usage SET occurred_at = '2025-02-10 00:00:00' WHERE usage_id = 2;
-- nor what describes it
UPDATE usage SET label = 'job 1', user_id = 'me' WHERE usage_id = 1;
UPDATE usage SET label = 'job 1' WHERE usage_id = 3;
-- what is not settled may be changed
UPDATE usage SET quantity = 5 WHERE usage_id = 4;
DELETE FROM usage WHERE usage_id = 4;
INSERT OR IGNORE INTO usage(client_id, api, sku, quantity, occurred_at, source_id) VALUES ('c', 'model-derivative', 'rvt', 5, '2025-01-10 00:00:00', 's1');
SELECT usage_id, quantity, label FROM usage;

-- lots that were alive then
UPDATE token_lot SET tokens = 11 WHERE lot_id = 1;
UPDATE token_lot SET team_id = 'U' WHERE lot_id = 1;
UPDATE token_lot SET kind = 'adjustment' WHERE lot_id = 1;
UPDATE token_lot SET purchased_at = '2025-01-01 00:00:00' WHERE lot_id = 1;
UPDATE token_lot SET expires_at = '2025-01-25 00:00:00' WHERE lot_id = 1;
UPDATE token_lot SET lot_id = 9 WHERE lot_id = 3;
UPDATE token_lot SET expires_at = '2025-06-01 00:00:00' WHERE lot_id = 3;
DELETE FROM token_lot WHERE lot_id = 3;
INSERT OR REPLACE INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (3, 'T', 'flex_token', 99, '2024-01-15 00:00:00');
INSERT OR REPLACE INTO token_lot(team_id, kind, tokens, purchased_at, source_id) VALUES ('T', 'flex_token', 99, '2024-01-15 00:00:00', 'l3');
UPDATE OR REPLACE token_lot SET source_id = 'l3' WHERE lot_id = 2;
UPDATE OR REPLACE token_lot SET lot_id = 3 WHERE lot_id = 2;
-- but its end after the close, its note, and lots of later
UPDATE token_lot SET expires_at = '2025-06-01 00:00:00' WHERE lot_id = 1;
UPDATE token_lot SET note = 'invoice 7', source_id = 'l1b' WHERE lot_id = 1;
UPDATE token_lot SET tokens = 12, purchased_at = '2025-02-03 00:00:00' WHERE lot_id = 2;
UPDATE token_lot SET voided_at = '2025-04-01 00:00:00' WHERE lot_id = 1;
UPDATE token_lot SET voided_at = NULL WHERE lot_id = 1;
SELECT lot_id, team_id, kind, tokens, purchased_at, expires_at, voided_at, source_id FROM token_lot;

-- moves and unblocks of the closed time; those after it are free
UPDATE lot_move SET moved_at = '2025-01-21 00:00:00' WHERE moved_at = '2025-01-20 00:00:00';
UPDATE lot_move SET team_id = 'T' WHERE moved_at = '2025-01-20 00:00:00';
DELETE FROM lot_move WHERE moved_at = '2025-01-20 00:00:00';
INSERT OR REPLACE INTO lot_move(lot_id, team_id, moved_at) VALUES (1, 'T', '2025-01-20 00:00:00');
UPDATE lot_move SET moved_at = '2025-02-21 00:00:00' WHERE moved_at = '2025-02-20 00:00:00';
UPDATE OR REPLACE lot_move SET moved_at = '2025-01-20 00:00:00' WHERE moved_at = '2025-02-21 00:00:00';
DELETE FROM lot_move WHERE moved_at = '2025-02-21 00:00:00';
UPDATE unblock SET unblocked_at = '2025-01-06 00:00:00' WHERE unblocked_at = '2025-01-05 00:00:00';
DELETE FROM unblock WHERE unblocked_at = '2025-01-05 00:00:00';
DELETE FROM unblock WHERE unblocked_at = '2025-02-05 00:00:00';
SELECT lot_id, team_id, moved_at FROM lot_move;
SELECT unblocked_at FROM unblock;
-- teams and apps that it speaks of
DELETE FROM team WHERE team_id = 'T';
UPDATE team SET team_id = 'V' WHERE team_id = 'T';

-- the way that the errors name: adjustments, dated when they are made
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (50, 'c', 'adjustment', NULL, 1.5, '2025-02-15 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (50, 'T', 'adjustment', 2, '2025-02-15 00:00:00');
SELECT settle();
SELECT usage_id, lot_id, charged_at, tokens FROM ledger WHERE usage_id = 50;
SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error';

-- re-opening: the last close first, and then everything is as if it had never been closed
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (60, 'c', 'model-derivative', 'rvt', 2, '2025-01-15 00:00:00');
INSERT INTO period_close(team_id, closed_until) VALUES ('T', '2025-03-01 00:00:00');
SELECT usage_id, charged_at FROM ledger WHERE usage_id = 60;
DELETE FROM period_close WHERE closed_until = '2025-02-01 00:00:00';
DELETE FROM period_close;
DELETE FROM period_close WHERE closed_until = '2025-03-01 00:00:00';
SELECT settle();
SELECT usage_id, charged_at FROM ledger WHERE usage_id = 60;
UPDATE usage SET quantity = 1 WHERE usage_id = 1;
DELETE FROM period_close WHERE closed_until = '2025-02-01 00:00:00';
SELECT settle();
SELECT usage_id, charged_at FROM ledger WHERE usage_id = 60;
UPDATE usage SET quantity = 1 WHERE usage_id = 1;
DELETE FROM lot_move WHERE moved_at = '2025-01-20 00:00:00';
SELECT settle();
SELECT usage_id, lot_id, charged_at, tokens FROM ledger ORDER BY usage_id;
SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error';

-- a row that drops two lots at once, beside closed periods, is a delete and an update; held lots are kept
INSERT INTO team(team_id, account_id) VALUES ('two', 'A');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, source_id) VALUES (70, 'T', 'flex_token', 5, '2025-07-28 00:00:00', 'seventy'), (71, 'two', 'flex_token', 1, '2025-05-05 00:00:00', 'seventy-one');
INSERT INTO period_close(team_id, closed_until) VALUES ('T', '2025-07-01 00:00:00');
INSERT OR REPLACE INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, source_id) VALUES (70, 'two', 'flex_token', 20, '2025-06-05 00:00:00', 'seventy-one');
UPDATE OR REPLACE token_lot SET lot_id = 70, source_id = 'seventy' WHERE lot_id = 71;
SELECT lot_id, team_id, tokens FROM token_lot WHERE lot_id IN (70, 71);
SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error';
