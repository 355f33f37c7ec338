-- Limited access, and the way back: a balance of 0 or more and an unblock by support
SELECT billing_install() > 0;
SELECT billing_autosettle(1);
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');
CREATE VIEW told AS SELECT at, balance, access, access(team_id, at) = access AS agree, can_call('c', 'model-derivative', at) AS premium, can_call('c', 'viewer', at) AS free
  FROM wallet_balance WHERE team_id = 'T';
CREATE TABLE look(at TEXT);
-- −5 since 2025-02-01; limited since 2025-02-15
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (1, 'c', 'model-derivative', 'rvt', 10, '2025-02-01 00:00:00');

-- D40, D42: free apis only. D97 and the decision on Q22: usage that happened all the same is billed like any other
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (2, 'c', 'model-derivative', 'rvt', 2, '2025-02-20 00:00:00');
INSERT INTO look VALUES ('2025-02-14 23:59:59'), ('2025-02-15 00:00:00'), ('2025-02-20 00:00:00'), ('2025-03-01 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
SELECT usage_id, uncharged, status FROM usage_status('T', '2025-03-01 00:00:00');

-- D41, Q21: bought, but not unblocked
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2025-02-25 00:00:00');
DELETE FROM look;
INSERT INTO look VALUES ('2025-02-24 23:59:59'), ('2025-02-25 00:00:00'), ('2025-02-25 23:59:59'), ('2025-02-26 00:00:00'), ('2025-12-01 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- bought, then unblocked
INSERT INTO unblock(team_id, unblocked_at) VALUES ('T', '2025-02-26 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- unblocked at the instant of the purchase: the order is purchase, offset, unblock (Q28)
UPDATE unblock SET unblocked_at = '2025-02-25 00:00:00';
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- unblocked before the purchase, after the block: it counts as soon as the balance is 0 or more
UPDATE unblock SET unblocked_at = '2025-02-20 00:00:00';
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- unblocked at the very instant of the block: likewise
UPDATE unblock SET unblocked_at = '2025-02-15 00:00:00';
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- unblocked before the block: there was nothing to lift
UPDATE unblock SET unblocked_at = '2025-02-14 23:59:59.999';
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- a purchase that does not cover the debt, and an unblock: still negative, so still limited
UPDATE unblock SET unblocked_at = '2025-02-26 00:00:00';
UPDATE token_lot SET tokens = 5.999 WHERE lot_id = 1;
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- the unblock waits for the rest
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (2, 'T', 'flex_token', 1, '2025-03-05 00:00:00');
DELETE FROM look;
INSERT INTO look VALUES ('2025-03-04 23:59:59'), ('2025-03-05 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- an unblock lifts one block and not the next one
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (3, 'c', 'model-derivative', 'rvt', 10, '2025-03-10 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (3, 'T', 'flex_token', 100, '2025-04-01 00:00:00');
DELETE FROM look;
INSERT INTO look VALUES ('2025-03-09 23:59:59'), ('2025-03-10 00:00:00'), ('2025-03-23 23:59:59'), ('2025-03-24 00:00:00'), ('2025-04-01 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- unblocked twice: the second one counts for the second block; more of them do no harm
INSERT INTO unblock(team_id, unblocked_at) VALUES ('T', '2025-04-02 00:00:00'), ('T', '2025-04-02 00:00:00'), ('T', '2025-04-10 00:00:00');
DELETE FROM look;
INSERT INTO look VALUES ('2025-04-01 23:59:59'), ('2025-04-02 00:00:00'), ('2025-04-11 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- unblocked while negative, negative again after the way back: a new episode has a new grace
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (4, 'c', 'model-derivative', 'rvt', 192, '2025-04-02 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;

-- policy restore = 'auto': the balance alone does it, at the instant of the purchase
DELETE FROM unblock;
UPDATE policy SET value = 'auto' WHERE name = 'restore';
DELETE FROM look;
INSERT INTO look VALUES ('2025-02-14 23:59:59'), ('2025-02-15 00:00:00'), ('2025-02-25 00:00:00'), ('2025-03-04 23:59:59'), ('2025-03-05 00:00:00'), ('2025-03-24 00:00:00'), ('2025-04-01 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
UPDATE policy SET value = 'support' WHERE name = 'restore';
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
UPDATE policy SET value = 'never' WHERE name = 'restore';

-- Q28, Q21: without grace the usage blocks at its own instant; an unblock of that instant came before it, and counts all the same
DELETE FROM token_lot;
DELETE FROM usage WHERE usage_id > 1;
DELETE FROM unblock;
UPDATE policy SET value = 0 WHERE name = 'grace_days';
UPDATE policy SET value = 'support' WHERE name = 'restore';
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (8, 'T', 'flex_token', 100, '2025-02-03 00:00:00');
INSERT INTO unblock(team_id, unblocked_at) VALUES ('T', '2025-02-01 00:00:00');
DELETE FROM look;
INSERT INTO look VALUES ('2025-02-01 00:00:00'), ('2025-02-02 23:59:59.999'), ('2025-02-03 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
UPDATE unblock SET unblocked_at = '2025-01-31 23:59:59.999';
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
DELETE FROM unblock;
UPDATE policy SET value = 14 WHERE name = 'grace_days';

-- D91, D103: a lot that moves to the team buys it out as a purchase does
INSERT INTO team(team_id, account_id) VALUES ('U', 'A');
DELETE FROM token_lot;
DELETE FROM usage WHERE usage_id > 1;
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (9, 'U', 'flex_token', 100, '2025-01-01 00:00:00');
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (9, 'T', '2025-02-10 00:00:00');
DELETE FROM look;
INSERT INTO look VALUES ('2025-02-09 23:59:59'), ('2025-02-10 00:00:00'), ('2025-02-15 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
SELECT severity, rule, subject FROM billing_check WHERE severity = 'error';

-- D41: an unblock from before the block lifts nothing, also when something after the block is settled again
INSERT INTO team(team_id, account_id) VALUES ('B', 'A');
INSERT INTO app(client_id, account_id) VALUES ('b', 'A');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('b', 'B', '2025-01-01 00:00:00');
INSERT INTO unblock(team_id, unblocked_at) VALUES ('B', '2025-02-14 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (10, 'b', 'model-derivative', 'rvt', 2, '2025-02-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (10, 'B', 'flex_token', 100, '2025-02-25 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (11, 'b', 'model-derivative', 'rvt', 2, '2025-02-28 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (12, 'b', 'model-derivative', 'rvt', 2, '2025-02-27 00:00:00');
SELECT at, access, balance FROM wallet_balance WHERE team_id = 'B' AND at = '2025-03-01 00:00:00';
