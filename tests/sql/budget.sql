-- budget and budget_status.
SELECT billing_install();
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'A');
INSERT INTO app(client_id, account_id) VALUES ('t1', 'A'), ('t2', 'A'), ('u', 'A'), ('idle', 'A');
INSERT INTO app_team VALUES ('t1', 'T', '2024-01-01 00:00:00'), ('t2', 'T', '2024-01-01 00:00:00'), ('u', 'U', '2024-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2024-01-01 00:00:00'), (2, 'U', 'flex_token', 100, '2024-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, outcome, user_id, label) VALUES
  (1, 't1', 'model-derivative', 'rvt', 20, '2024-02-01 00:00:00',     'success', 'hana', 'J-1'),
  (2, 't1', 'model-derivative', 'rvt', 20, '2024-02-10 00:00:00',     'success', 'mei',  'J-1'),
  (3, 't2', 'model-derivative', 'rvt', 40, '2024-02-20 00:00:00',     'success', 'hana', 'J-2'),
  (4, 't2', 'model-derivative', 'rvt', 40, '2024-02-21 00:00:00',     'failed',  'hana', 'J-2'),
  (5, 'u',  'model-derivative', 'rvt', 10, '2024-02-25 00:00:00',     'success', 'hana', NULL),
  (6, 't1', 'model-derivative', 'rvt', 8,  '2024-02-29 23:59:59.999', 'success', NULL,   'J-1'),
  (7, 't1', 'model-derivative', 'rvt', 2,  '2024-03-01 00:00:00',     'success', NULL,   NULL);
SELECT settle();
INSERT INTO budget(budget_id, team_id, client_id, user_id, label, tokens, starts_at, ends_at) VALUES
  (1, 'T',  NULL, NULL,   NULL,  100, '2024-02-01 00:00:00',     '2024-03-01 00:00:00'),
  (2, 'T',  't1', NULL,   NULL,  30,  '2024-02-01 00:00:00',     '2024-03-01 00:00:00'),
  (3, NULL, NULL, 'hana', NULL,  35,  '2024-02-01 00:00:00',     NULL),
  (4, NULL, NULL, NULL,   'J-1', 20,  '2024-02-01 00:00:00.001', NULL),
  (5, 'T',  't1', 'hana', 'J-1', 10,  '2024-01-01 00:00:00',     NULL),
  (6, NULL, NULL, NULL,   NULL,  50,  '2024-02-05 00:00:00',     '2024-03-01 00:00:00'),
  (7, 'U',  NULL, NULL,   NULL,  0,   '2024-02-01 00:00:00',     NULL),
  (8, 'U',  'idle', NULL, NULL,  0,   '2024-02-01 00:00:00',     NULL),
  (9, 'T',  NULL, NULL,   NULL,  5,   '2024-06-01 00:00:00',     NULL);
SELECT * FROM budget_status WHERE at = '2024-03-01 00:00:00' ORDER BY budget_id;
-- of one team: its own budgets, not those of any team
SELECT budget_id, spent, remaining, round(share, 4), state FROM budget_status('T', '2024-02-10 00:00:00');
SELECT budget_id, spent FROM budget_status('U', '2024-02-24 00:00:00');
SELECT count(*) FROM budget_status('nobody', '2024-03-01 00:00:00');
SELECT budget_id, spent FROM budget_status(NULL, '2024-02-09 23:59:59.999') WHERE budget_id IN (2, 3, 6) ORDER BY budget_id;
-- 'warning' when no more than red_percent of it is left, 'exceeded' beyond it: 24 of 30 is 20 %
SELECT at, spent, round(share, 4), state FROM budget_status WHERE budget_id = 2 AND at IN ('2024-02-29 23:59:59.998', '2024-02-29 23:59:59.999') ORDER BY at;
UPDATE policy SET value = 19.9 WHERE name = 'red_percent';
SELECT state FROM budget_status('T', '2024-03-01 00:00:00') WHERE budget_id = 2;
UPDATE budget SET tokens = 24 WHERE budget_id = 2;
SELECT spent, remaining, share, state FROM budget_status('T', '2024-03-01 00:00:00') WHERE budget_id = 2;
UPDATE budget SET tokens = 23.999999 WHERE budget_id = 2;
SELECT state FROM budget_status('T', '2024-03-01 00:00:00') WHERE budget_id = 2;

-- what is uncharged counts as spent, once; offsets do not
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, label) VALUES (8, 't2', 'model-derivative', 'rvt', 500, '2024-06-02 00:00:00', 'J-3');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (3, 'T', 'flex_token', 1000, '2024-06-05 00:00:00');
INSERT INTO budget(budget_id, team_id, label, tokens, starts_at) VALUES (10, 'T', 'J-3', 250, '2024-06-01 00:00:00'), (11, 'T', 'J-3', 250, '2024-06-03 00:00:00');
SELECT settle();
SELECT budget_id, spent, state FROM budget_status('T', '2024-06-04 00:00:00') WHERE budget_id > 8;
SELECT budget_id, spent, state FROM budget_status('T', '2024-06-05 00:00:00') WHERE budget_id > 8;
-- late usage counts where it occurred, in a closed period at its end
INSERT INTO period_close VALUES ('T', '2024-06-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, label) VALUES (9, 't1', 'model-derivative', 'rvt', 2, '2024-02-15 00:00:00', 'J-3');
SELECT settle();
SELECT budget_id, spent FROM budget_status('T', '2024-06-05 00:00:00') WHERE budget_id IN (1, 2, 9, 10);

-- a budget follows a lot that moves, a team that changes: only what this team's usage cost counts
INSERT INTO lot_move VALUES (3, 'U', '2024-06-10 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (10, 'u', 'model-derivative', 'rvt', 300, '2024-06-11 00:00:00');
SELECT settle();
SELECT budget_id, spent FROM budget_status(NULL, '2024-06-12 00:00:00') WHERE budget_id IN (7, 9);

-- checks
INSERT INTO budget(team_id, tokens, starts_at) VALUES ('X', 1, '2024-01-01 00:00:00');
INSERT INTO budget(client_id, tokens, starts_at) VALUES ('x', 1, '2024-01-01 00:00:00');
INSERT INTO budget(user_id, tokens, starts_at) VALUES ('', 1, '2024-01-01 00:00:00');
INSERT INTO budget(label, tokens, starts_at) VALUES (7, 1, '2024-01-01 00:00:00');
INSERT INTO budget(label, tokens, starts_at) VALUES (x'41', 1, '2024-01-01 00:00:00');
INSERT INTO budget(tokens, starts_at) VALUES (-1, '2024-01-01 00:00:00');
INSERT INTO budget(tokens, starts_at) VALUES ('many', '2024-01-01 00:00:00');
INSERT INTO budget(tokens, starts_at) VALUES (1e13, '2024-01-01 00:00:00');
INSERT INTO budget(tokens, starts_at) VALUES (NULL, '2024-01-01 00:00:00');
INSERT INTO budget(tokens, starts_at) VALUES (1, '2024-01-01');
INSERT INTO budget(tokens, starts_at) VALUES (1, NULL);
INSERT INTO budget(tokens, starts_at, ends_at) VALUES (1, '2024-01-01 00:00:00', '2024-01-01 00:00:00');
INSERT OR IGNORE INTO budget(tokens, starts_at) VALUES (-1, '2024-01-01 00:00:00');
UPDATE budget SET ends_at = '2020-01-01 00:00:00' WHERE budget_id = 1;
INSERT INTO budget(tokens, starts_at, source_id) VALUES (1, '2024-01-01 00:00:00', 'b-1');
INSERT OR IGNORE INTO budget(tokens, starts_at, source_id) VALUES (2, '2024-01-01 00:00:00', 'b-1');
SELECT count(*), sum(tokens) FROM budget WHERE source_id = 'b-1';
DELETE FROM app WHERE client_id = 'idle';
DELETE FROM budget WHERE budget_id = 8;
DELETE FROM app WHERE client_id = 'idle';
INSERT INTO team(team_id, account_id) VALUES ('V', 'A');
INSERT INTO budget(team_id, tokens, starts_at) VALUES ('V', 1, '2024-01-01 00:00:00');
DELETE FROM team WHERE team_id = 'V';
UPDATE team SET team_id = 'W' WHERE team_id = 'V';
-- a budget changes nothing that is settled
SELECT settle() > 0;
UPDATE budget SET tokens = tokens + 1;
SELECT settle(), (SELECT count(*) FROM _billing_pending_wallet), (SELECT count(*) FROM billing_check WHERE severity = 'error');
SELECT group_concat(name || ' ' || type, ', ') FROM pragma_table_xinfo('budget_status') WHERE hidden = 0;
