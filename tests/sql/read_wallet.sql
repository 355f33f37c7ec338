-- wallet_balance: what a wallet holds, owes and has been through, at any instant.
SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('acme', NULL);
INSERT INTO team(team_id, account_id) VALUES ('T1', 'acme'), ('T2', 'acme'), ('empty', 'acme');
INSERT INTO app(client_id, account_id) VALUES ('viewer', 'acme'), ('maker', 'acme');
INSERT INTO app_team VALUES ('viewer', 'T1', '2025-01-01 00:00:00'), ('maker', 'T2', '2025-01-01 00:00:00');

-- D95: -5 tokens, then a lot of 100: 95, and the lot shows 5 used from that instant.
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'viewer', 'model-derivative', 'rvt', 10, '2025-02-01 12:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
  (1, 'T1', 'flex_token', 100, '2025-02-10 00:00:00');
-- D95: -101, then 100: -1.
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (2, 'maker', 'model-derivative', 'rvt', 202, '2025-02-01 12:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
  (2, 'T2', 'flex_token', 100, '2025-02-10 00:00:00');
SELECT settle() IS NOT NULL;

-- The three instants: just before the usage, at it, and at the purchase. An instant includes its events.
SELECT at, team_id, balance, available, uncharged, total, used, min_purchase FROM wallet_balance
  WHERE at IN ('2025-02-01 11:59:59.999', '2025-02-01 12:00:00', '2025-02-09 23:59:59.999',
               '2025-02-10 00:00:00')
  ORDER BY at, team_id;

-- Grace: 14 days from the usage (Q17, Q18), exclusive at the end; part payment does not restart it (Q19).
SELECT at, team_id, access, negative_since, grace_ends_at FROM wallet_balance
  WHERE team_id IN ('T1', 'T2') AND at IN ('2025-02-01 12:00:00', '2025-02-15 11:59:59.999',
                                           '2025-02-15 12:00:00')
  ORDER BY at, team_id;

-- Two kinds: shown apart and together (D57, D58); what lapses next, and how much of it.
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES
  (3, 'T1', 'cloud_credit', 30, '2025-03-01 00:00:00', '2025-06-01 00:00:00'),
  (4, 'T1', 'flex_token', 20, '2025-03-02 00:00:00', '2025-06-01 00:00:00'),
  (5, 'T1', 'adjustment', 1.5, '2025-03-02 00:00:00', NULL);
-- Lot 4 goes to T2 with what is left of it, and ends there; lot 1 is voided.
INSERT INTO lot_move VALUES (4, 'T2', '2025-04-01 00:00:00');
UPDATE token_lot SET voided_at = '2025-07-01 00:00:00' WHERE lot_id = 1;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (3, 'viewer', 'model-derivative', 'rvt', 7, '2025-03-02 00:00:00');
SELECT settle() IS NOT NULL;
SELECT substr(at, 1, 10) AS at, team_id, cloud_credits, flex_tokens, available, balance, next_lapse_at, next_lapse_tokens
  FROM wallet_balance WHERE team_id <> 'empty' AND at IN ('2025-03-01 00:00:00',
    '2025-03-02 00:00:00', '2025-04-01 00:00:00', '2025-05-31 23:59:59', '2025-06-01 00:00:00',
    '2025-07-01 00:00:00', '2026-03-02 00:00:00')
  ORDER BY at, team_id;

-- Since ever: purchased + moved = used + lapsed + available.
SELECT substr(at, 1, 10) AS at, team_id, purchased_ever, moved, used_ever, lapsed_ever, available, total, used,
    purchased_ever + moved = used_ever + lapsed_ever + available
  FROM wallet_balance WHERE team_id <> 'empty' AND at IN ('2025-02-10 00:00:00',
    '2025-03-31 00:00:00', '2025-04-01 00:00:00', '2025-06-01 00:00:00', '2026-03-02 00:00:00')
  ORDER BY at, team_id;

-- A lot that waits counts nowhere; it comes alive where it is by then.
INSERT INTO account(account_id, country) VALUES ('early', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T3', 'early'), ('T4', 'early');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
  (6, 'T3', 'flex_token', 10, '2022-10-01 00:00:00');
INSERT INTO lot_move VALUES (6, 'T4', '2022-11-01 00:00:00');
SELECT settle() IS NOT NULL;
SELECT at, team_id, available, purchased_ever, moved FROM wallet_balance
  WHERE team_id IN ('T3', 'T4') AND at IN ('2022-10-01 00:00:00', '2022-11-06 23:59:59',
                                           '2022-11-07 00:00:00') ORDER BY at, team_id;

-- A debt above the policy: whole tokens.
UPDATE policy SET value = 5 WHERE name = 'min_purchase_tokens';
SELECT uncharged, min_purchase FROM wallet_balance('T2', '2025-02-02 00:00:00');
INSERT INTO usage(client_id, api, sku, quantity, occurred_at) VALUES
  ('maker', 'model-derivative', 'dwg', 1, '2025-02-01 13:00:00');
SELECT settle() IS NOT NULL;
SELECT uncharged, min_purchase FROM wallet_balance('T2', '2025-02-02 00:00:00');
SELECT uncharged, min_purchase FROM wallet_balance('T1', '2025-02-02 00:00:00');

-- Empty wallets have their row; a team that is gone has none.
SELECT * FROM wallet_balance('empty', '2025-02-02 00:00:00');
DELETE FROM team WHERE team_id = 'empty';
SELECT group_concat(team_id) FROM wallet_balance;
