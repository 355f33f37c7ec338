-- billing_check: every broken invariant of the stored ledger is found, and facts that smell are named.
-- What is stored is damaged on purpose, inside transactions that are rolled back.
SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('acme', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T1', 'acme'), ('T2', 'acme');
INSERT INTO app(client_id, account_id) VALUES ('v', 'acme'), ('w', 'acme');
INSERT INTO app_team VALUES ('w', 'T2', '2025-01-01 00:00:00');
INSERT INTO token_kind(kind, rank) VALUES ('desk', 3);
INSERT INTO sku_alias VALUES ('model-derivative', 'dwg', 'simple', '2016-11-14 00:00:00');
INSERT INTO kind_api VALUES ('desk', 'reality-capture');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
  (1, 'T1', 'flex_token', 100, '2025-01-01 00:00:00'),
  (2, 'T1', 'flex_token', 200, '2025-06-01 00:00:00'),
  (3, 'T2', 'desk', 50, '2025-02-01 00:00:00');
INSERT INTO lot_move VALUES (1, 'T2', '2025-09-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'v', 'model-derivative', 'rvt', 20, '2025-01-02 00:00:00'),
  (2, 'v', 'model-derivative', 'rvt', 300, '2025-01-03 00:00:00'),
  (3, 'v', 'viewer', NULL, 1, '2025-01-03 00:00:00'),
  (4, 'w', 'model-derivative', 'dwg', 10, '2025-01-03 00:00:00'),
  (5, 'w', 'reality-capture', 'photo', 100, '2025-03-03 00:00:00'),
  (6, 'v', 'model-derivative', 'dwg', 10, '2025-07-03 00:00:00');
SELECT settle() IS NOT NULL;
SELECT 'all is well', count(*) FROM billing_check;

-- rated = charged + uncharged, per usage
BEGIN; DELETE FROM ledger_entry WHERE usage_id = 2 AND is_offset; SELECT * FROM billing_check; ROLLBACK;
BEGIN; UPDATE _billing_debt SET units = units - 1 WHERE usage_id = 2 AND since_ms = at_ms; SELECT * FROM billing_check; ROLLBACK;
BEGIN; UPDATE _billing_debt SET units = 5 WHERE usage_id = 4; SELECT rule, subject, detail FROM billing_check; ROLLBACK;
BEGIN; UPDATE ledger_entry SET units = units + 1 WHERE usage_id = 1; SELECT * FROM billing_check; ROLLBACK;
-- every usage stands in one place, at its instant
BEGIN; DELETE FROM ledger_entry WHERE usage_id = 6; SELECT * FROM billing_check; ROLLBACK;
BEGIN; DELETE FROM _billing_free_usage; SELECT * FROM billing_check; ROLLBACK;
BEGIN; INSERT INTO _billing_unrated VALUES (1, 'unrated'); SELECT * FROM billing_check WHERE severity = 'error'; ROLLBACK;
BEGIN; INSERT INTO _billing_free_usage SELECT 1, at_ms, 77, 'free' FROM _billing_free_usage; SELECT * FROM billing_check; ROLLBACK;
BEGIN; UPDATE ledger_entry SET charged_ms = charged_ms + 1 WHERE usage_id = 6; SELECT * FROM billing_check; ROLLBACK;
-- bought = used + remaining + lapsed, per lot; no lot below 0, outside its life, or of another wallet
BEGIN; UPDATE ledger_entry SET lot_used = lot_used + 1 WHERE usage_id = 6; SELECT * FROM billing_check; ROLLBACK;
BEGIN; UPDATE _billing_settled_lot SET units = units / 2 WHERE lot_id = 1; SELECT * FROM billing_check; ROLLBACK;
BEGIN; DELETE FROM _billing_settled_lot WHERE lot_id = 3; SELECT * FROM billing_check; ROLLBACK;
BEGIN; INSERT INTO _billing_settled_lot(lot_id, kind, units, purchased_ms, expires_ms, voided_ms, start_ms, end_ms, used_from_ms, used_up_ms) SELECT 9, kind, units, purchased_ms, expires_ms, voided_ms, start_ms, end_ms, NULL, NULL FROM _billing_settled_lot WHERE lot_id = 1;
  SELECT * FROM billing_check; ROLLBACK;
BEGIN; UPDATE _billing_settled_lot SET used_from_ms = used_from_ms + 1 WHERE lot_id = 1; SELECT * FROM billing_check; ROLLBACK;
BEGIN; UPDATE _billing_settled_lot SET used_up_ms = NULL WHERE lot_id = 1; SELECT * FROM billing_check; ROLLBACK;
BEGIN; UPDATE _billing_settled_lot SET end_ms = start_ms + 1 WHERE lot_id = 2; SELECT * FROM billing_check; ROLLBACK;
BEGIN; UPDATE _billing_holding SET wallet_id = 2 WHERE lot_id = 2; SELECT * FROM billing_check; ROLLBACK;
BEGIN; UPDATE _billing_holding SET to_ms = to_ms - 1 WHERE lot_id = 1 AND wallet_id = 1; SELECT * FROM billing_check; ROLLBACK;
BEGIN; DELETE FROM _billing_holding WHERE lot_id = 3; SELECT * FROM billing_check; ROLLBACK;
-- a life is that of the facts, also where nothing was paid outside of it
BEGIN; UPDATE _billing_settled_lot SET end_ms = end_ms + 1 WHERE lot_id = 3; SELECT * FROM billing_check; ROLLBACK;
BEGIN; UPDATE _billing_settled_lot SET start_ms = start_ms - 1 WHERE lot_id = 3; SELECT * FROM billing_check; ROLLBACK;
-- what is free of charge by trial or EBA is told from what is paid
BEGIN; UPDATE _billing_free_usage SET status = 'trial'; SELECT * FROM billing_check; ROLLBACK;
BEGIN; UPDATE account SET agreement = 'eba'; DELETE FROM _billing_pending_wallet; SELECT * FROM billing_check WHERE rule = 'usage_class'; ROLLBACK;
-- every team has its wallet
BEGIN; DELETE FROM _billing_wallet WHERE team_id = 'T2'; SELECT * FROM billing_check WHERE rule = 'wallet'; ROLLBACK;
-- no uncharged usage while an eligible lot has some left
BEGIN; DELETE FROM kind_api; DELETE FROM _billing_pending_wallet; SELECT * FROM billing_check; ROLLBACK;
-- the standing is the sum of the open debts
BEGIN; DELETE FROM _billing_wallet_state WHERE wallet_id = 2; SELECT * FROM billing_check; ROLLBACK;
BEGIN; DELETE FROM _billing_debt WHERE usage_id = 4; SELECT * FROM billing_check WHERE rule = 'standing' LIMIT 1; ROLLBACK;

-- and a balance is negative since the row before said so, or since then
BEGIN; UPDATE _billing_wallet_state SET negative_since_ms = negative_since_ms + 1; SELECT * FROM billing_check; ROLLBACK;
BEGIN; UPDATE _billing_wallet_state SET debt_units = 0 WHERE wallet_id = 2; SELECT * FROM billing_check WHERE rule = 'standing'; ROLLBACK;

-- What is not settled is a warning, and keeps facts and ledger from being compared.
BEGIN;
INSERT INTO usage(client_id, api, occurred_at) VALUES ('ghost', 'viewer', '2025-01-01 00:00:00'), ('v', 'holograms', '2025-01-02 00:00:00');
UPDATE usage SET quantity = 21 WHERE usage_id = 1;
SELECT severity, rule, subject FROM billing_check;
SELECT settle() IS NOT NULL;
SELECT * FROM billing_check;
ROLLBACK;

-- Facts that smell.
INSERT INTO account(account_id, country) VALUES ('n', NULL), ('z', 'ZZ'), ('br', 'BR');
INSERT INTO country VALUES ('BR', NULL);
INSERT INTO team(team_id, account_id) VALUES ('TB', 'br');
INSERT INTO app(client_id, account_id) VALUES ('lonely', 'z');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
  (10, 'TB', 'flex_token', 50, '2025-01-01 00:00:00'),
  (11, 'TB', 'cloud_credit', 50, '2025-01-01 00:00:00');
INSERT INTO subscription VALUES
  ('br', '2024-01-01 00:00:00', '2025-01-01 00:00:00'), ('br', '2025-01-01 00:00:00', '2026-01-01 00:00:00'),
  ('br', '2025-06-01 00:00:00', '2025-07-01 00:00:00');
SELECT settle() IS NOT NULL;
SELECT * FROM billing_check;
UPDATE country SET flex_from = '2024-01-01 00:00:00' WHERE country = 'BR';
SELECT settle() IS NOT NULL;
SELECT * FROM billing_check WHERE subject LIKE 'lot %';

-- Rates with gaps. The catalogue has none: a price that ends for good is no gap, and a free api needs none.
SELECT * FROM billing_check WHERE rule = 'rate_gap';
INSERT INTO api VALUES ('render', 'Rendering', 1), ('forecast', 'Weather', 1), ('chat', 'Chat', 0);
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES
  ('render', 'frame', '2025-01-01 00:00:00', 1), ('render', 'frame', '2025-02-01 00:00:00', NULL),
  ('render', 'frame', '2025-03-01 00:00:00', 2), ('render', 'frame', '2025-04-01 00:00:00', NULL);
INSERT INTO sku_alias VALUES
  ('render', 'png', 'FRAME', '2025-01-01 00:00:00'), ('render', 'mp4', 'film', '2025-01-01 00:00:00'),
  ('chat', 'hi', 'word', '2025-01-01 00:00:00'), ('adjustment', 'fee', 'fees', '2025-01-01 00:00:00');
SELECT * FROM billing_check WHERE rule = 'rate_gap';

-- what the eye misreads, once for each value: a sku that only '*' covers, an outcome without a rule, a client that is
-- another but for case and blanks, an api that is not there
INSERT INTO usage(client_id, api, sku, occurred_at, outcome) VALUES
  ('v', 'model-derivative', 'rtv', '2025-07-04 00:00:00', 'success'), ('v', 'model-derivative', 'rtv', '2025-07-04 00:00:00', 'success'),
  ('v', 'model-derivative', 'rvt', '2025-07-04 00:00:00', 'flop'), ('V', 'model-derivative', 'rvt', '2025-07-04 00:00:00', 'success'),
  ('v', 'model-derivate', 'rvt', '2025-07-04 00:00:00', 'success');
SELECT settle();
SELECT * FROM billing_check WHERE rule IN ('sku_other', 'outcome', 'client_name', 'api_name');
-- and names that an older file holds
DROP TRIGGER _billing_team_before_update;
UPDATE team SET name = 'T' || char(13) WHERE team_id = 'T1';
UPDATE team SET name = CAST(x'61ff' AS TEXT) WHERE team_id = 'T2';
SELECT * FROM billing_check WHERE rule = 'bad_name';

-- of one team: what its own usage, lots and debts say; nothing of another team
SELECT 'all is well', count(*) FROM team t, billing_check(t.team_id) c WHERE c.severity = 'error';
BEGIN; DELETE FROM ledger_entry WHERE usage_id = 2 AND is_offset; SELECT * FROM billing_check('T1') ORDER BY rule, subject;
  SELECT count(*) FROM billing_check('T2'); ROLLBACK;
BEGIN; UPDATE ledger_entry SET units = units + 1 WHERE usage_id = 1; SELECT * FROM billing_check('T1') ORDER BY rule, subject; ROLLBACK;
BEGIN; UPDATE ledger_entry SET charged_ms = charged_ms + 1 WHERE usage_id = 6; SELECT * FROM billing_check('T1') ORDER BY rule, subject; ROLLBACK;
BEGIN; INSERT INTO _billing_free_usage SELECT 1, at_ms, 1, 'free' FROM _billing_free_usage; SELECT * FROM billing_check('T1') ORDER BY rule, subject; ROLLBACK;
BEGIN; UPDATE _billing_debt SET units = 5 WHERE usage_id = 4; SELECT * FROM billing_check('T2') ORDER BY rule, subject; ROLLBACK;
BEGIN; UPDATE _billing_settled_lot SET used_up_ms = 1 WHERE lot_id = 2; SELECT * FROM billing_check('T1') ORDER BY rule, subject; ROLLBACK;
BEGIN; UPDATE _billing_settled_lot SET end_ms = start_ms + 1 WHERE lot_id = 2; SELECT * FROM billing_check('T1') ORDER BY rule, subject; ROLLBACK;
BEGIN; DELETE FROM kind_api; DELETE FROM _billing_pending_wallet; SELECT * FROM billing_check('T2') ORDER BY rule, subject; ROLLBACK;
BEGIN; INSERT INTO app_team VALUES ('v', 'T2', '2025-01-01 12:00:00'); DELETE FROM _billing_pending_wallet;
  SELECT DISTINCT rule FROM billing_check('T1') ORDER BY rule; ROLLBACK;
BEGIN; DELETE FROM _billing_wallet WHERE team_id = 'T2'; SELECT * FROM billing_check('T2'); ROLLBACK;
SELECT count(*) FROM billing_check('nobody');
SELECT count(*) FROM billing_check(NULL) EXCEPT SELECT count(*) FROM billing_check;
