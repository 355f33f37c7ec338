-- Rules of the shop, not of the ledger: never refused, warned of where the facts can tell. Nothing is known of sales channels (D27, D28) and hubs (D107).
SELECT billing_install() > 0;
SELECT billing_autosettle(1);
INSERT INTO account(account_id, country) VALUES ('A', 'JP'), ('B', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('a1', 'A'), ('a2', 'A'), ('b1', 'B');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');

-- D90: at least 100 Flex tokens, then whole ones; credits and adjustments come in any size
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
  (1, 'a1', 'flex_token', 99, '2025-07-01 00:00:00'), (2, 'a1', 'flex_token', 100, '2025-07-01 00:00:00'), (3, 'a1', 'flex_token', 101, '2025-07-01 00:00:00'), (4, 'a1', 'flex_token', 100.5, '2025-07-01 00:00:00'),
  (5, 'a1', 'flex_token', 99.999999, '2025-07-01 00:00:00'), (6, 'a1', 'adjustment', 0.25, '2025-07-01 00:00:00'), (7, 'a1', 'cloud_credit', 12.5, '2022-11-06 23:59:59'), (8, 'a1', 'flex_token', 1000000000000, '2025-07-01 00:00:00');
SELECT * FROM billing_check;
-- both are policies
UPDATE policy SET value = 101 WHERE name = 'min_purchase_tokens';
SELECT * FROM billing_check WHERE rule = 'lot_small';
UPDATE policy SET value = 'adjustment' WHERE name = 'flex_kind';
SELECT * FROM billing_check WHERE rule IN ('lot_small', 'lot_fraction');
UPDATE policy SET value = 'flex_token' WHERE name = 'flex_kind';
-- what to buy is in whole tokens, and not less than that minimum
INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES ('c', 'adjustment', 101.5, '2025-06-01 00:00:00');
SELECT min_purchase FROM wallet_balance('a1', '2025-06-01 00:00:00');
UPDATE usage SET quantity = 0.5;
SELECT min_purchase FROM wallet_balance('a1', '2025-06-01 00:00:00');
DELETE FROM token_lot WHERE lot_id <> 2;

-- D105: tokens are for teams of the account that bought them; a move to another team of it is none of that
UPDATE policy SET value = 100 WHERE name = 'min_purchase_tokens';
INSERT INTO lot_move VALUES (2, 'a2', '2025-08-01 00:00:00');
SELECT * FROM billing_check;
INSERT INTO lot_move VALUES (2, 'b1', '2025-09-01 00:00:00');
SELECT * FROM billing_check;
SELECT team_id, available FROM wallet_balance WHERE at = '2025-09-01 00:00:00' ORDER BY team_id;
-- and back: the second move was the odd one
INSERT INTO lot_move VALUES (2, 'a1', '2025-10-01 00:00:00');
SELECT * FROM billing_check;
