-- Uncharged usage, how it is paid, and what the wallet says meanwhile.
SELECT billing_install() > 0;
SELECT billing_autosettle(1);
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A'), ('d', 'A');
INSERT INTO app_team VALUES ('d', 'U', '2020-01-01 00:00:00');
CREATE TABLE look(at TEXT);
CREATE VIEW told AS SELECT at, balance, available, uncharged, total, used, access, negative_since, grace_ends_at FROM wallet_balance WHERE team_id = 'T';

-- D65, D70: uncharged is what came (a) after the year of the tokens and (b) beyond the balance, and it is known how much is missing: 1.5 and 7
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2024-07-01 00:00:00'), (2, 'U', 'flex_token', 100, '2025-07-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (1, 'c', 'model-derivative', 'rvt', 3, '2025-07-01 00:00:00'), (2, 'd', 'model-derivative', 'rvt', 214, '2025-07-02 00:00:00');
SELECT team_id, usage_id, tokens, charged, uncharged, reason FROM uncharged_usage WHERE at = '2025-07-03 00:00:00' ORDER BY team_id;
SELECT team_id, balance, uncharged, min_purchase FROM wallet_balance WHERE at = '2025-07-03 00:00:00' ORDER BY team_id;
-- Q34: the balance is negative, available is not; lapsed tokens of lot 1 are in neither
SELECT team_id, balance, available, lapsed_ever FROM wallet_balance WHERE at = '2025-07-03 00:00:00' ORDER BY team_id;
-- D71, D72: bought for the wrong team nothing turns blue; assigned to the team, the negative amount is taken off the purchase
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (3, 'U', 'flex_token', 100, '2025-07-10 00:00:00');
SELECT day, team_id, charged, uncharged FROM usage_daily ORDER BY day;
INSERT INTO lot_move VALUES (3, 'T', '2025-07-11 00:00:00');
SELECT day, team_id, charged, uncharged FROM usage_daily ORDER BY day;
-- Q11: offset at the instant the lot belongs to the team: purchase for U, move for T; both times are kept
SELECT team_id, usage_id, occurred_at, charged_at, entry, tokens FROM ledger ORDER BY charged_at, usage_id, lot_id;
-- D73: right after the purchase the offset shows as used
SELECT lot_id, team_id, used, remaining FROM lot_balance WHERE at = '2025-07-10 00:00:00' AND lot_id = 3;
DELETE FROM lot_move;
DELETE FROM token_lot;
DELETE FROM usage;

-- D95, D38, D41: -5 and 100 bought are 95. -101 and 100 bought are -1, and still subject to the block at the end of the same 14 days (Q19)
INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at) VALUES (1, 'c', 'adjustment', 5, '2025-07-01 09:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2025-07-10 09:00:00');
INSERT INTO look VALUES ('2025-07-10 08:59:59.999'), ('2025-07-10 09:00:00'), ('2025-07-15 08:59:59.999'), ('2025-07-15 09:00:00');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
UPDATE usage SET quantity = 101;
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
-- Q20: if it was at 0 in between, 14 days begin again with the usage that turns it negative again
UPDATE usage SET quantity = 100;
INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at) VALUES (2, 'c', 'adjustment', 1, '2025-07-10 09:00:00.001');
SELECT told.* FROM look CROSS JOIN told USING (at) ORDER BY at;
SELECT grace_ends_at FROM wallet_balance('T', '2025-07-10 09:00:00.001');
-- D42, D37, D40: at 0 and in grace all apis, limited what is free
INSERT INTO look VALUES ('2025-07-24 09:00:00.001');
SELECT at, can_call('c', 'viewer', at), can_call('c', 'reality-capture', at) FROM look;
DELETE FROM usage;
DELETE FROM token_lot;

-- Q10: the oldest usage is paid first, by its own time and then its id, whatever was entered first; Q9: the last one in part
INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at) VALUES (1, 'c', 'adjustment', 60, '2025-03-01 00:00:00'), (2, 'c', 'adjustment', 50, '2025-02-01 00:00:00'), (3, 'c', 'adjustment', 30, '2025-02-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 60, '2025-04-01 00:00:00');
SELECT usage_id, tokens FROM ledger('T') ORDER BY entry_id;
SELECT usage_id, charged, uncharged FROM uncharged_usage('T', '2025-04-01 00:00:00') ORDER BY usage_id;
-- Q13: debt never lapses: five years on it is paid like any other; Q12: by a lot that is alive then, though it was not at the usage; not by one that has lapsed
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (2, 'T', 'flex_token', 100, '2030-04-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES (3, 'U', 'flex_token', 100, '2025-01-01 00:00:00', '2025-05-01 00:00:00');
INSERT INTO lot_move VALUES (3, 'T', '2025-05-01 00:00:00');
SELECT usage_id, lot_id, charged_at, tokens FROM ledger('T') WHERE lot_id > 1 ORDER BY usage_id;
-- a millisecond earlier and it pays
UPDATE lot_move SET moved_at = '2025-04-30 23:59:59.999';
SELECT usage_id, lot_id, charged_at, tokens FROM ledger('T') WHERE lot_id > 1 ORDER BY usage_id;
-- Q14: the bars count by the day of the usage, the lots by that of the payment
SELECT day, tokens, charged, uncharged FROM usage_daily('T') ORDER BY day;
SELECT date(charged_at) AS day, sum(tokens) FROM ledger('T') GROUP BY day;
DELETE FROM lot_move;
DELETE FROM usage;
DELETE FROM token_lot;

-- Q28: one instant: the old lot lapses, the other team's lot arrives, two are bought, the debt is offset, support unblocks, then usage.
-- -8 since June, blocked; at noon lot 1 (2 left) is over, lot 2 moves in, 3 and 4 are bought: of these the smallest pays first, of equal ends
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES (1, 'T', 'flex_token', 100, '2025-06-20 00:00:00', '2025-07-01 12:00:00'), (2, 'U', 'flex_token', 4, '2025-05-01 00:00:00', '2026-01-01 00:00:00'), (3, 'T', 'flex_token', 6, '2025-07-01 12:00:00', '2026-01-01 00:00:00'), (4, 'T', 'flex_token', 5, '2025-07-01 12:00:00', '2026-01-01 00:00:00');
INSERT INTO token_kind(kind, rank) VALUES ('photos only', 5);
INSERT INTO kind_api VALUES ('photos only', 'reality-capture');
UPDATE token_lot SET kind = 'photos only', tokens = 2 WHERE lot_id = 1;
INSERT INTO lot_move VALUES (2, 'T', '2025-07-01 12:00:00');
INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at) VALUES (9, 'c', 'adjustment', 8, '2025-06-01 00:00:00'), (2, 'c', 'adjustment', 4, '2025-07-01 12:00:00'), (1, 'c', 'adjustment', 5, '2025-07-01 12:00:00');
INSERT INTO unblock VALUES ('T', '2025-07-01 12:00:00', NULL);
SELECT usage_id, lot_id, charged_at, entry, tokens FROM ledger('T');
SELECT balance, lapsed_ever, access, negative_since, grace_ends_at FROM wallet_balance('T', '2025-07-01 12:00:00');
SELECT access FROM wallet_balance('T', '2025-07-01 11:59:59.999');
DELETE FROM lot_move;
DELETE FROM unblock;

-- Q29: the ledger depends on the facts alone: entered the other way round, settled one by one, it is the same
INSERT INTO lot_move VALUES (2, 'T', '2025-06-15 12:00:00');
CREATE TABLE first_time AS SELECT usage_id, lot_id, charged_at, entry, units FROM ledger;
CREATE TABLE usage_kept AS SELECT * FROM usage;
CREATE TABLE lot_kept AS SELECT * FROM token_lot;
DELETE FROM usage;
DELETE FROM lot_move;
DELETE FROM token_lot;
SELECT count(*) FROM ledger;
INSERT INTO usage SELECT * FROM usage_kept ORDER BY usage_id DESC;
INSERT INTO token_lot SELECT * FROM lot_kept ORDER BY lot_id DESC;
INSERT INTO lot_move VALUES (2, 'T', '2025-06-15 12:00:00');
CREATE VIEW second_time AS SELECT usage_id, lot_id, charged_at, entry, units FROM ledger;
SELECT count(*), (SELECT count(*) FROM (SELECT * FROM first_time EXCEPT SELECT * FROM second_time)), (SELECT count(*) FROM (SELECT * FROM second_time EXCEPT SELECT * FROM first_time)) FROM first_time;
-- D98: a purchase that shows a day late counts from its own time on
UPDATE token_lot SET voided_at = '2025-07-01 12:00:00' WHERE lot_id > 2;
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (5, 'T', 'flex_token', 100, '2025-06-02 00:00:00');
SELECT usage_id, lot_id, charged_at, entry, tokens FROM ledger('T') ORDER BY charged_at, usage_id;

-- Q36: corrections are rows: a debit is a usage of the api adjustment, a credit a lot of that kind, which pays before all others
INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at, label) VALUES (20, 'c', 'adjustment', 2.5, '2025-07-03 00:00:00', 'counted too little');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (6, 'T', 'adjustment', 1.5, '2025-07-03 00:00:00');
SELECT usage_id, lot_id, tokens FROM ledger('T') WHERE usage_id = 20 ORDER BY entry_id;
SELECT usage_id, api, tokens, status FROM usage_status('T', '2025-07-04 00:00:00') WHERE usage_id = 20;
SELECT severity, rule, subject FROM billing_check;
