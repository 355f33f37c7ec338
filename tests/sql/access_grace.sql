-- Grace: from the instant when the balance turns negative, for 14 times 24 hours
SELECT billing_install() > 0;
SELECT billing_autosettle(1);
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');
CREATE VIEW told AS
  SELECT at, balance, access, negative_since, grace_ends_at, access(team_id, at) = access AS agree,
    can_call('c', 'model-derivative', at) AS premium, can_call('c', 'viewer', at) AS free FROM wallet_balance WHERE team_id = 'T';
CREATE TABLE look(at TEXT);

-- D39, D93, T1: zero is full access; Q17: grace begins with the usage that made it less than zero
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2025-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'c', 'model-derivative', 'rvt', 200, '2025-02-01 12:00:00'),
  (2, 'c', 'model-derivative', 'rvt', 10, '2025-02-02 12:00:00.500'),
  (3, 'c', 'model-derivative', 'rvt', 1, '2025-02-03 00:00:00');
INSERT INTO look VALUES ('2025-02-01 11:59:59.999'), ('2025-02-01 12:00:00'), ('2025-02-02 12:00:00.499'), ('2025-02-02 12:00:00.500'), ('2025-02-03 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;

-- Q18: the end of grace is exclusive, at that instant access is limited; without any event there
DELETE FROM look;
INSERT INTO look VALUES ('2025-02-16 12:00:00.499'), ('2025-02-16 12:00:00.500'), ('2099-01-01 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;

-- Q19, D95: part payment does not restart the clock; −101 and a purchase of 100 is −1, still subject to the block
UPDATE usage SET quantity = 202 WHERE usage_id = 2;
DELETE FROM usage WHERE usage_id = 3;
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (2, 'T', 'flex_token', 100, '2025-02-10 00:00:00');
DELETE FROM look;
INSERT INTO look VALUES ('2025-02-09 23:59:59'), ('2025-02-10 00:00:00'), ('2025-02-16 12:00:00.499'), ('2025-02-16 12:00:00.500');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- D95: −5 and a purchase of 100 is 95 and full access
UPDATE usage SET quantity = 10 WHERE usage_id = 2;
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;

-- Q20: a second episode has 14 days of its own
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (4, 'c', 'model-derivative', 'rvt', 192, '2025-02-14 00:00:00');
DELETE FROM look;
INSERT INTO look VALUES ('2025-02-13 23:59:59'), ('2025-02-14 00:00:00'), ('2025-02-16 12:00:00.500'), ('2025-02-27 23:59:59'), ('2025-02-28 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;

-- back to exactly zero ends grace (T1: the cure is 0), and the purchase may come at the very end of it
UPDATE token_lot SET tokens = 5, purchased_at = '2025-02-16 12:00:00.500' WHERE lot_id = 2;
DELETE FROM usage WHERE usage_id = 4;
DELETE FROM look;
INSERT INTO look VALUES ('2025-02-16 12:00:00.499'), ('2025-02-16 12:00:00.500'), ('2025-02-17 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- one millisecond later is too late: blocked, and the balance alone does not lift it (Q21)
UPDATE token_lot SET purchased_at = '2025-02-16 12:00:00.501' WHERE lot_id = 2;
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;

-- Q16: a lapse alone makes no debt and no grace
DELETE FROM usage WHERE usage_id = 2;
DELETE FROM look;
INSERT INTO look VALUES ('2025-12-31 23:59:59'), ('2026-01-01 00:00:00'), ('2026-03-01 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- but where a kind is limited to apis, credit that may not pay keeps the balance up, and its lapse turns it negative
INSERT INTO token_kind(kind, rank) VALUES ('gift', 5);
INSERT INTO kind_api(kind, api) VALUES ('gift', 'reality-capture');
UPDATE token_lot SET kind = 'gift', tokens = 10, purchased_at = '2025-02-01 00:00:00', expires_at = '2025-02-20 00:00:00' WHERE lot_id = 2;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (5, 'c', 'model-derivative', 'rvt', 10, '2025-02-10 00:00:00');
DELETE FROM look;
INSERT INTO look VALUES ('2025-02-10 00:00:00'), ('2025-02-19 23:59:59'), ('2025-02-20 00:00:00'), ('2025-03-05 23:59:59'), ('2025-03-06 00:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
DELETE FROM token_lot WHERE lot_id = 2;

-- the policy grace_days counts in days of 24 hours, also in part, and holds for the past as well (T3)
DELETE FROM look;
INSERT INTO look VALUES ('2025-02-10 11:59:59.999'), ('2025-02-10 12:00:00'), ('2025-02-23 23:59:59.999'), ('2025-02-24 00:00:00');
SELECT at, access FROM look CROSS JOIN told USING (at) ORDER BY at;
UPDATE policy SET value = 0.5 WHERE name = 'grace_days';
SELECT at, access FROM look CROSS JOIN told USING (at) ORDER BY at;
UPDATE policy SET value = 0 WHERE name = 'grace_days';
SELECT at, access FROM look CROSS JOIN told USING (at) ORDER BY at;
UPDATE policy SET value = 30 WHERE name = 'grace_days';
SELECT at, access FROM look CROSS JOIN told USING (at) ORDER BY at;

-- an unknown team, and arguments that are NULL or no time
SELECT access('nobody', '2025-01-01 00:00:00'), access(NULL, '2025-01-01 00:00:00'), access('T', NULL);
SELECT access('T', '2025-01-01');
SELECT severity, rule, subject FROM billing_check WHERE severity = 'error';
