-- How long lots live, and in what order they pay.
SELECT billing_install() > 0;
SELECT billing_autosettle(1);
INSERT INTO account(account_id, country) VALUES ('A', 'JP'), ('B', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A'), ('d', 'A');
INSERT INTO app_team VALUES ('d', 'U', '2020-01-01 00:00:00');
CREATE TABLE look(at TEXT);

-- D9, D10, D88, Q15: one year from the purchase, [purchase, purchase + 1 year): the same instant of the next year is out, to the millisecond
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2023-07-30 10:00:00'), (2, 'T', 'flex_token', 100, '2023-08-01 10:00:00.250');
INSERT INTO look VALUES ('2023-07-30 09:59:59.999'), ('2023-07-30 10:00:00'), ('2024-07-30 09:59:59.999'), ('2024-07-30 10:00:00'), ('2024-08-01 10:00:00.249'), ('2024-08-01 10:00:00.250');
SELECT at, lot_id, expires_at, state, remaining, lapsed FROM look CROSS JOIN lot_balance('T') USING (at) ORDER BY at, lot_id;
-- Q15: 29 February and a year is 1 March, both ways of a leap year; 28 February stays
UPDATE token_lot SET purchased_at = '2024-02-29 00:00:00' WHERE lot_id = 1;
UPDATE token_lot SET purchased_at = '2023-02-28 12:00:00' WHERE lot_id = 2;
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (3, 'T', 'flex_token', 100, '2023-03-01 00:00:00');
SELECT lot_id, purchased_at, expires_at FROM lot_balance('T', '2024-02-29 00:00:00') ORDER BY lot_id;
DELETE FROM look;
INSERT INTO look VALUES ('2024-02-28 11:59:59'), ('2024-02-28 12:00:00'), ('2024-02-29 00:00:00'), ('2024-03-01 00:00:00'), ('2025-02-28 23:59:59.999'), ('2025-03-01 00:00:00');
SELECT at, available, lapsed_ever, next_lapse_at FROM look CROSS JOIN wallet_balance('T') USING (at) ORDER BY at;
-- D92, Q15: an end of one's own wins, such as that of the contract; the term is a policy
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES (4, 'T', 'flex_token', 100, '2024-02-29 00:00:00', '2024-04-01 00:00:00');
UPDATE policy SET value = '+2 years' WHERE name = 'lot_term';
SELECT lot_id, expires_at FROM lot_balance('T', '2024-03-01 00:00:00') ORDER BY lot_id;
UPDATE policy SET value = '+1 year' WHERE name = 'lot_term';
DELETE FROM token_lot;

-- D11, D89, D88: what is left vanishes, available drops by it, no debt, no roll-over into the lot of the next year
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2024-07-01 00:00:00'), (2, 'T', 'flex_token', 100, '2025-06-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (1, 'c', 'model-derivative', 'rvt', 80, '2025-06-15 00:00:00');
DELETE FROM look;
INSERT INTO look VALUES ('2025-06-30 23:59:59'), ('2025-07-01 00:00:00');
SELECT at, balance, available, total, used, uncharged, lapsed_ever FROM look CROSS JOIN wallet_balance('T') USING (at) ORDER BY at;
DELETE FROM usage;
DELETE FROM token_lot;

-- D87: the earliest end first; of equal ends the smaller pack, 500 before 5,000, whatever was bought or entered first
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES
  (1, 'T', 'flex_token', 5000, '2025-01-01 00:00:00', '2025-12-31 00:00:00'), (2, 'T', 'flex_token', 500, '2025-02-01 00:00:00', '2025-12-31 00:00:00'), (3, 'T', 'flex_token', 6000, '2025-03-01 00:00:00', '2025-12-30 23:59:59.999');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (1, 'c', 'adjustment', NULL, 6600, '2025-07-01 00:00:00');
SELECT lot_id, tokens FROM ledger('T') ORDER BY entry_id;
-- Q7: the size is that of the purchase, not what is left: the pack of 501 waits though it is the smaller one by then
DELETE FROM usage;
DELETE FROM token_lot;
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES (1, 'T', 'flex_token', 501, '2025-01-01 00:00:00', '2025-12-31 00:00:00'), (2, 'T', 'flex_token', 500, '2025-02-01 00:00:00', '2025-12-31 00:00:00');
INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at) VALUES (1, 'c', 'adjustment', 400, '2025-01-15 00:00:00'), (2, 'c', 'adjustment', 10, '2025-03-01 00:00:00');
SELECT usage_id, lot_id, tokens FROM ledger('T') ORDER BY entry_id;
-- Q7: ends and sizes alike: the earlier purchase, then the smaller lot_id
UPDATE token_lot SET tokens = 500, purchased_at = '2025-01-02 00:00:00' WHERE lot_id = 1;
UPDATE token_lot SET purchased_at = '2025-01-01 00:00:00' WHERE lot_id = 2;
SELECT usage_id, lot_id, tokens FROM ledger('T') ORDER BY entry_id;
UPDATE token_lot SET purchased_at = '2025-01-02 00:00:00';
SELECT usage_id, lot_id, tokens FROM ledger('T') ORDER BY entry_id;
DELETE FROM usage;
DELETE FROM token_lot;

-- D12, D13, Q8: credits first, also when they end later; at zero credits Flex goes on by itself, in one usage
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'cloud_credit', 100, '2022-11-06 23:59:59'), (2, 'T', 'flex_token', 100, '2022-11-07 00:00:00');
UPDATE token_lot SET expires_at = '2023-11-30 00:00:00' WHERE lot_id = 1;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (1, 'c', 'model-derivative', 'rvt', 198, '2023-01-01 00:00:00'), (2, 'c', 'model-derivative', 'rvt', 4, '2023-01-02 00:00:00'), (3, 'c', 'model-derivative', 'rvt', 4, '2023-01-03 00:00:00');
SELECT usage_id, lot_id, tokens FROM ledger('T') ORDER BY entry_id;
-- D14, D15: with credits alone the same usage turns negative; holding both takes that risk away
UPDATE token_lot SET voided_at = '2022-12-01 00:00:00' WHERE lot_id = 2;
SELECT balance, access FROM wallet_balance('T', '2023-01-03 00:00:00');
-- D14: credits that lapsed, not used up, need Flex as well
UPDATE usage SET quantity = 2;
UPDATE usage SET occurred_at = '2023-11-30 00:00:00' WHERE usage_id = 3;
SELECT usage_id, uncharged, reason FROM uncharged_usage('T', '2023-12-01 00:00:00');
DELETE FROM usage;
DELETE FROM token_lot;

-- D119: later kinds are rows: free tier, enterprise, Flex, pay as you go, in this order
INSERT INTO token_kind(kind, rank) VALUES ('free', -2), ('enterprise', -1), ('pay_as_you_go', 9);
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES (1, 'T', 'pay_as_you_go', 5, '2025-01-01 00:00:00', '2025-02-01 00:00:00'), (2, 'T', 'flex_token', 5, '2025-01-01 00:00:00', '2025-03-01 00:00:00'), (3, 'T', 'enterprise', 5, '2025-01-01 00:00:00', '2025-04-01 00:00:00'), (4, 'T', 'free', 5, '2025-01-01 00:00:00', '2025-05-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at) VALUES (1, 'c', 'adjustment', 18, '2025-01-15 00:00:00');
SELECT lot_id, tokens FROM ledger('T') ORDER BY entry_id;
DELETE FROM usage;
DELETE FROM token_lot;

-- D91, Q27: a lot moves with all that is left; its end and its size stay; it pays the debt it meets; what it paid before stays with the old team.
-- U owes 3, lot 1 of 100 has paid 10 and moves at noon; lot 2 of 95 with the same end stays the smaller pack, though lot 1 has less left
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES (1, 'T', 'flex_token', 100, '2025-01-01 00:00:00', '2025-12-31 00:00:00'), (2, 'U', 'flex_token', 95, '2025-07-01 12:00:00.001', '2025-12-31 00:00:00');
INSERT INTO lot_move VALUES (1, 'U', '2025-07-01 12:00:00');
INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at) VALUES (1, 'c', 'adjustment', 10, '2025-03-01 00:00:00'), (2, 'd', 'adjustment', 3, '2025-06-01 00:00:00'), (3, 'c', 'adjustment', 1, '2025-07-01 12:00:00'), (4, 'd', 'adjustment', 1, '2025-07-02 00:00:00');
SELECT team_id, usage_id, lot_id, charged_at, entry, tokens FROM ledger ORDER BY charged_at, usage_id;
SELECT team_id, balance, purchased_ever, moved, used_ever, total, used FROM wallet_balance WHERE at = '2025-07-02 00:00:00' ORDER BY team_id;
SELECT lot_id, team_id, tokens, used, remaining, expires_at FROM lot_balance WHERE at = '2025-07-02 00:00:00' ORDER BY lot_id;
SELECT severity, rule, subject FROM billing_check;
