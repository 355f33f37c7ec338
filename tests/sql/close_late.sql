-- Closed periods: what is recorded late for a closed time counts at its end; what was printed stays as printed
SELECT billing_install() > 0;
INSERT INTO country(country, flex_from) VALUES ('XX', NULL);
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A'), ('d', 'A');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('c', 'T', '2025-01-01 00:00:00'), ('d', 'U', '2025-01-01 00:00:00');
-- the statement of a month, as of its last instant: the ledger up to then, wallets, lots, debts (not their reason, which speaks of the kinds as they are now)
CREATE VIEW statement AS
  SELECT 'ledger ' || usage_id || ' lot ' || lot_id || ' ' || charged_at || ' ' || entry || ' ' || units AS line FROM ledger('T') WHERE charged_at < '2025-02-01 00:00:00'
  UNION ALL SELECT 'wallet ' || balance || ' ' || available || ' ' || uncharged || ' ' || total || ' ' || used || ' ' || purchased_ever || ' ' || used_ever || ' ' || lapsed_ever || ' ' || moved || ' ' || access || ' ' || ifnull(negative_since, '-') FROM wallet_balance('T', '2025-01-31 23:59:59.999')
  UNION ALL SELECT 'lot ' || lot_id || ' ' || used || ' ' || lapsed || ' ' || remaining || ' ' || state FROM lot_balance('T', '2025-01-31 23:59:59.999') WHERE state <> 'pending'
  UNION ALL SELECT 'debt ' || usage_id || ' ' || tokens || ' ' || charged || ' ' || uncharged FROM uncharged_usage('T', '2025-01-31 23:59:59.999')
  UNION ALL SELECT 'usage ' || usage_id || ' ' || status || ' ' || ifnull(tokens, '-') FROM usage_status('T', '2025-01-31 23:59:59.999') WHERE status NOT IN ('pending', 'unrated');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 10, '2025-01-02 00:00:00'), (2, 'T', 'flex_token', 3, '2024-01-20 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'c', 'model-derivative', 'rvt', 4, '2025-01-10 00:00:00'), (2, 'c', 'model-derivative', 'rvt', 16, '2025-01-25 00:00:00'),
  (3, 'c', 'model-derivative', 'rvt', 8, '2025-01-26 00:00:00'), (4, 'c', 'viewer', NULL, 1, '2025-01-26 00:00:00'), (5, 'c', 'teleport', NULL, 1, '2025-01-27 00:00:00'),
  (6, 'c', 'model-derivative', 'rvt', 2, '2025-02-05 00:00:00');

-- closing settles what is pending first
INSERT INTO period_close(team_id, closed_until) VALUES ('T', '2025-02-01 00:00:00');
SELECT settle();
CREATE TABLE printed AS SELECT * FROM statement;
SELECT * FROM printed;
CREATE VIEW changed AS SELECT '-' AS c, line FROM (SELECT line FROM printed EXCEPT SELECT line FROM statement) UNION ALL SELECT '+', line FROM (SELECT line FROM statement EXCEPT SELECT line FROM printed);

-- late usage: it counts at the close, its day stays
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (10, 'c', 'model-derivative', 'rvt', 2, '2025-01-03 00:00:00'), (11, 'c', 'viewer', NULL, 1, '2025-01-03 00:00:00');
SELECT change, usage_id, lot_id, charged_at, tokens FROM settlement_preview('T');
SELECT settle();
SELECT * FROM changed;
SELECT usage_id, occurred_at, uncharged FROM uncharged_usage('T', '2025-02-01 00:00:00');
SELECT day, events, tokens FROM usage_daily('T') WHERE day < '2025-01-05' ORDER BY day;

-- a late lot: alive at the close, where it pays what is open (offset before usage, Q28), then what counts there
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (3, 'T', 'flex_token', 2.5, '2025-01-05 00:00:00');
SELECT settle();
SELECT * FROM changed;
SELECT usage_id, lot_id, occurred_at, charged_at, entry, tokens FROM ledger('T') WHERE lot_id = 3 ORDER BY entry_id;
SELECT at, state, used FROM lot_balance WHERE lot_id = 3 AND at IN ('2025-01-31 23:59:59.999', '2025-02-01 00:00:00') ORDER BY at;
SELECT expires_at FROM lot_balance('T', '2025-02-01 00:00:00') WHERE lot_id = 3;
-- a late lot that is over before the close never pays
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES (4, 'T', 'flex_token', 50, '2025-01-05 00:00:00', '2025-01-20 00:00:00');
SELECT settle();
SELECT * FROM changed;
SELECT state, used, lapsed FROM lot_balance('T', '2025-02-01 00:00:00') WHERE lot_id = 4;

-- a late void: the lot ends at the close
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (5, 'T', 'flex_token', 100, '2025-02-03 00:00:00');
SELECT settle();
SELECT remaining FROM lot_balance('T', '2025-02-06 00:00:00') WHERE lot_id = 5;
INSERT INTO period_close(team_id, closed_until) VALUES ('T', '2025-03-01 00:00:00');
UPDATE token_lot SET voided_at = '2025-02-10 00:00:00' WHERE lot_id = 5;
SELECT settle();
SELECT at, remaining, state FROM lot_balance WHERE lot_id = 5 AND at IN ('2025-02-28 23:59:59.999', '2025-03-01 00:00:00') ORDER BY at;
SELECT * FROM changed;

-- a late move: the lot changes hands at the close
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (6, 'U', 'flex_token', 100, '2025-02-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (20, 'c', 'model-derivative', 'rvt', 6, '2025-03-05 00:00:00');
SELECT settle();
SELECT uncharged FROM wallet_balance('T', '2025-03-05 00:00:00');
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (6, 'T', '2025-02-15 00:00:00');
SELECT settle();
SELECT at, team_id, used FROM lot_balance WHERE lot_id = 6 AND at IN ('2025-02-28 23:59:59.999', '2025-03-01 00:00:00', '2025-03-05 00:00:00') ORDER BY at;
SELECT usage_id, lot_id, charged_at, entry, tokens FROM ledger('T') WHERE lot_id = 6;
SELECT * FROM changed;

-- a late unblock: it counts for a block of the closed time, at the close
INSERT INTO team(team_id, account_id) VALUES ('B', 'A');
INSERT INTO app(client_id, account_id) VALUES ('b', 'A');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('b', 'B', '2025-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (30, 'b', 'model-derivative', 'rvt', 2, '2025-01-05 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (30, 'B', 'flex_token', 100, '2025-02-10 00:00:00');
INSERT INTO period_close(team_id, closed_until) VALUES ('B', '2025-02-01 00:00:00');
SELECT access('B', '2025-01-19 00:00:00'), access('B', '2025-01-31 23:59:59'), access('B', '2025-02-01 00:00:00'), access('B', '2025-02-10 00:00:00');
INSERT INTO unblock(team_id, unblocked_at) VALUES ('B', '2025-01-25 00:00:00');
SELECT settle() >= 0;
SELECT access('B', '2025-01-19 00:00:00'), access('B', '2025-01-31 23:59:59'), access('B', '2025-02-01 00:00:00'), access('B', '2025-02-10 00:00:00');
INSERT INTO period_close(team_id, closed_until) VALUES ('B', '2025-02-20 00:00:00');
UPDATE token_lot SET voided_at = '2025-02-15 00:00:00' WHERE lot_id = 30;

-- other facts of that time, changed later: prices, names, ranks, terms, countries, outcomes, policies
UPDATE rate_card SET tokens = 5 WHERE api = 'model-derivative' AND sku = 'complex' AND effective_from = '2022-03-29 00:00:00';
SELECT settle();
SELECT * FROM changed;
INSERT INTO sku_alias(api, alias, sku, effective_from) VALUES ('model-derivative', 'rvt', 'simple', '2025-01-01 00:00:00');
UPDATE token_kind SET rank = 0 WHERE kind = 'flex_token';
INSERT INTO kind_api(kind, api) VALUES ('flex_token', 'viewer');
UPDATE api SET premium = 1 WHERE api = 'viewer';
INSERT INTO outcome_rule(api, outcome, factor) VALUES ('model-derivative', 'success', 0);
SELECT settle();
SELECT * FROM changed;
UPDATE account SET agreement = 'eba';
SELECT settle();
SELECT c, line FROM changed WHERE line NOT LIKE 'wallet%';
UPDATE account SET agreement = 'flex', trial_started_at = '2025-01-01 00:00:00';
SELECT settle();
SELECT c, line FROM changed WHERE line NOT LIKE 'wallet%';
UPDATE account SET trial_started_at = NULL, country = 'XX';
INSERT INTO subscription(account_id, starts_at, ends_at) VALUES ('A', '2025-01-01 00:00:00', '2025-01-15 00:00:00');
UPDATE policy SET value = '+1 month' WHERE name = 'lot_term';
SELECT settle();
SELECT c, line FROM changed WHERE line NOT LIKE 'wallet%';
UPDATE account SET country = 'JP';
UPDATE policy SET value = '+1 year' WHERE name = 'lot_term';
DELETE FROM outcome_rule WHERE outcome = 'success';
-- a new payer: usage of the closed time stays where it was settled, debts too
UPDATE app_team SET team_id = 'U' WHERE client_id = 'c';
SELECT settle();
SELECT * FROM changed;
DELETE FROM app_team WHERE client_id = 'c';
SELECT settle();
SELECT * FROM changed;
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('c', 'T', '2025-01-01 00:00:00');

-- what was unrated when the period was closed is settled at the close when its rate comes
SELECT usage_id, reason FROM unrated_usage;
INSERT INTO api(api, premium) VALUES ('teleport', 1);
INSERT INTO rate_card(api, sku, effective_from, tokens, per) VALUES ('teleport', '*', '2020-01-01 00:00:00', 1, 1);
SELECT settle();
SELECT * FROM changed;
SELECT usage_id, occurred_at, charged, uncharged, settled_at FROM usage_status('T', '2025-12-01 00:00:00') WHERE usage_id = 5;
SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error';
