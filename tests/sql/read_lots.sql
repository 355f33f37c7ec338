-- lot_balance: each lot once, under the team that holds it.
SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('acme', NULL), ('jp', 'JP'), ('br', 'BR');
INSERT INTO country VALUES ('BR', NULL);
INSERT INTO team(team_id, account_id) VALUES ('T1', 'acme'), ('T2', 'acme'), ('J', 'jp'), ('B', 'br');
INSERT INTO app(client_id, account_id) VALUES ('viewer', 'acme');
INSERT INTO app_team VALUES ('viewer', 'T1', '2020-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at, voided_at) VALUES
  (1, 'T1', 'flex_token', 10, '2025-01-01 00:00:00', NULL, NULL),                   -- used up
  (2, 'T1', 'flex_token', 20, '2025-01-02 00:00:00', NULL, NULL),                   -- used in part, lapses
  (3, 'T1', 'flex_token', 30, '2025-01-03 00:00:00', NULL, '2025-06-01 00:00:00'),  -- voided
  (4, 'T1', 'flex_token', 40, '2025-01-04 00:00:00', NULL, NULL),                   -- moves to T2
  (5, 'J', 'flex_token', 50, '2022-10-01 00:00:00', NULL, NULL),                    -- waits for Flex
  (6, 'B', 'flex_token', 60, '2025-01-01 00:00:00', NULL, '2025-03-01 00:00:00');   -- never alive
INSERT INTO lot_move VALUES (4, 'T2', '2025-05-01 00:00:00');
INSERT INTO usage(client_id, api, sku, quantity, occurred_at) VALUES
  ('viewer', 'model-derivative', 'rvt', 30, '2025-02-01 00:00:00');
SELECT settle() IS NOT NULL;

-- Before their purchase lots stand under the team that will buy them, 'pending'.
SELECT team_id, lot_id, kind, purchased_at, expires_at, tokens, used, lapsed, remaining, state
  FROM lot_balance WHERE at = '2022-01-01 00:00:00';
SELECT 'waits', * FROM lot_balance('J', '2022-11-06 23:59:59.999');
SELECT 'alive', * FROM lot_balance('J', '2022-11-07 00:00:00');
SELECT team_id, lot_id, used, lapsed, remaining, state FROM lot_balance WHERE at = '2025-02-01 00:00:00';
SELECT 'moves', team_id, lot_id, remaining FROM lot_balance WHERE lot_id = 4 AND at = '2025-04-30 23:59:59.999';
SELECT 'moved', team_id, lot_id, remaining FROM lot_balance WHERE lot_id = 4 AND at = '2025-05-01 00:00:00';
SELECT 'voided', lot_id, lapsed, remaining, state FROM lot_balance('T1', '2025-05-31 23:59:59.999') WHERE lot_id = 3;
SELECT 'voided', lot_id, lapsed, remaining, state FROM lot_balance('T1', '2025-06-01 00:00:00') WHERE lot_id = 3;
SELECT 'never', lot_id, lapsed, remaining, state FROM lot_balance('B', '2025-02-28 00:00:00');
SELECT 'never', lot_id, lapsed, remaining, state FROM lot_balance('B', '2025-03-01 00:00:00');
-- All over: lapsed comes before void, void before empty; bought = used + remaining + lapsed.
SELECT team_id, lot_id, used, lapsed, remaining, state, tokens = used + remaining + lapsed
  FROM lot_balance WHERE at = '2025-12-31 23:59:59.999';
SELECT team_id, lot_id, used, lapsed, remaining, state, tokens = used + remaining + lapsed
  FROM lot_balance WHERE at = '2026-01-04 00:00:00';
