-- explain_charge(usage_id): every sort of step. tests/model/explained.py checks the sums on random histories
SELECT billing_install() > 0;
INSERT INTO country(country, flex_from) VALUES ('XX', NULL), ('LATE', '2025-06-01 00:00:00');
INSERT INTO account(account_id, country, trial_started_at, agreement) VALUES ('A', 'JP', NULL, 'flex'), ('isle', 'XX', NULL, 'flex'), ('try', 'JP', '2025-05-01 00:00:00', 'flex'), ('big', 'JP', NULL, 'eba'), ('late', 'LATE', NULL, 'flex');
INSERT INTO subscription(account_id, starts_at, ends_at) VALUES ('isle', '2024-08-01 00:00:00', '2025-05-01 00:00:00'), ('isle', '2025-05-02 00:00:00', '2026-05-01 00:00:00');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'A'), ('isle', 'isle'), ('try', 'try'), ('big', 'big'), ('late', 'late');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A'), ('d', 'A'), ('ferry', 'isle'), ('trial', 'try'), ('large', 'big'), ('late', 'late');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('c', 'T', '2025-03-26 00:00:00');
INSERT INTO product_assignment(account_id, team_id, assigned_at, revoked_at) VALUES ('A', 'U', '2025-01-01 00:00:00', '2025-05-10 00:00:00');
INSERT INTO token_kind(kind, rank) VALUES ('gift', -1);
INSERT INTO kind_api(kind, api) VALUES ('gift', 'reality-capture');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, voided_at) VALUES
  (1, 'T', 'flex_token', 4,   '2024-05-01 00:00:00', NULL),                    -- lapses before
  (2, 'T', 'flex_token', 5,   '2024-09-01 00:00:00', '2025-05-02 00:00:00'),   -- void before
  (3, 'T', 'flex_token', 6,   '2024-10-01 00:00:00', NULL),                    -- emptied before
  (4, 'T', 'gift',       7,   '2024-11-01 00:00:00', NULL),                    -- pays another api
  (5, 'T', 'flex_token', 8,   '2024-12-01 00:00:00', NULL),                    -- pays
  (6, 'T', 'flex_token', 9,   '2025-01-01 00:00:00', NULL),                    -- pays the rest, or not needed
  (7, 'T', 'flex_token', 100, '2025-05-20 00:00:00', NULL),                    -- comes later
  (8, 'U', 'flex_token', 1,   '2025-05-01 00:00:00', NULL),                    -- moves in later
  (9, 'isle', 'cloud_credit', 9, '2024-09-01 00:00:00', NULL),                 -- ends with the subscription
  (10, 'isle', 'flex_token', 9, '2025-01-01 00:00:00', NULL),                  -- never alive
  (11, 'late', 'flex_token', 9, '2025-04-01 00:00:00', NULL);                  -- waits
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (8, 'T', '2025-05-18 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, outcome) VALUES
  (1, 'c', 'model-derivative', 'complex', 12, '2025-05-05 00:00:00', 'success'),
  (2, 'c', 'MODEL-derivative', 'RVT', 10, '2025-05-06 00:00:00', 'success'),
  (3, 'c', 'automation', 'Autodesk.Revit', 5400, '2025-05-07 00:00:00', 'success'),
  (4, 'c', 'reality-capture', 'photo', 100, '2025-05-08 00:00:00', 'cancelled'),
  (5, 'c', 'model-derivative', 'dwg', 140, '2025-05-15 00:00:00', 'success'),
  (6, 'c', 'model-derivative', 'rvt', 1, '2025-05-16 00:00:00', 'failed'),
  (7, 'c', 'viewer', NULL, 1, '2025-05-16 00:00:00', 'success'),
  (8, 'c', 'teleport', 'metre', 1, '2025-05-16 00:00:00', 'success'),
  (9, 'c', 'reality-capture', 'gigapixel', 1, '2025-05-16 00:00:00', 'success'),
  (10, 'c', 'flow-graph-engine', 'compute', 1, '2024-01-01 00:00:00', 'success'),
  (11, 'nobody', 'model-derivative', 'rvt', 1, '2025-05-16 00:00:00', 'success'),
  (12, 'd', 'model-derivative', 'rvt', 1, '2025-05-09 00:00:00', 'success'),
  (13, 'd', 'model-derivative', 'rvt', 1, '2025-05-16 00:00:00', 'success'),
  (14, 'ferry', 'model-derivative', 'rvt', 1, '2025-05-16 00:00:00', 'success'),
  (15, 'trial', 'model-derivative', 'rvt', 1, '2025-05-16 00:00:00', 'success'),
  (16, 'large', 'model-derivative', 'rvt', 1, '2025-05-16 00:00:00', 'success'),
  (17, 'late', 'model-derivative', 'rvt', 1, '2025-05-16 00:00:00', 'success'),
  (18, 'it''s' || char(0x3000) || 'hard', 'model-derivative', 'r''vt', 0.123456, '2025-05-16 00:00:00.007', 'half' || char(0x3000) || 'done');

-- before settle(): by the facts, and pending
SELECT * FROM explain_charge(1);
SELECT settle();

-- an exact name of the card; lots in draw order, and why the others did not pay
SELECT * FROM explain_charge(1);
-- names are resolved without regard to case; two lots pay
SELECT step, what, subject, tokens, at, reason FROM explain_charge(2);
-- an api alias and a sku alias; a rate that is pro-rated
SELECT step, what, subject, tokens, at, reason FROM explain_charge(3) WHERE what IN ('names', 'rate', 'lot') AND (tokens > 0 OR tokens IS NULL);
-- the kind that is limited to this api; an outcome that costs all of it needs no step
SELECT step, what, subject, tokens, at, reason FROM explain_charge(4) WHERE what <> 'lot' OR subject IN ('lot 4', 'lot 5');
-- larger than what is left: debt, then a lot that moves in and one that is bought
SELECT step, what, subject, tokens, at, reason FROM explain_charge(5);
-- failed, free, unrated in three ways, unassigned
SELECT usage_id, step, what, subject, tokens, at, reason FROM explain_charge WHERE usage_id BETWEEN 6 AND 11 AND what NOT IN ('usage', 'payer');
-- payers: product assignment, first team
SELECT usage_id, what, subject, at, reason FROM explain_charge WHERE usage_id IN (12, 13) AND what = 'payer';
-- a lot that ended with the subscription, one that is never alive, one that waits, and the word of uncharged_usage
SELECT usage_id, what, subject, tokens, at, reason FROM explain_charge WHERE usage_id IN (14, 17) AND what IN ('lot', 'debt', 'offset');
SELECT usage_id, reason FROM uncharged_usage WHERE at = '2025-05-17 00:00:00' AND usage_id IN (5, 14, 17);
-- trial and EBA
SELECT usage_id, step, what, subject, tokens, at, reason FROM explain_charge WHERE usage_id IN (15, 16);
-- names that are hard to print
SELECT step, what, subject, reason FROM explain_charge(18);

-- roundings, a minimum, an outcome in part
UPDATE rate_card SET rounding = 'up' WHERE sku = 'photo';
UPDATE rate_card SET minimum = 20 WHERE api = 'model-derivative' AND sku = 'complex' AND effective_from > '2020';
INSERT INTO outcome_rule(api, outcome, factor) VALUES ('model-derivative', 'half', 0.25);
UPDATE usage SET quantity = 101 WHERE usage_id = 4;
UPDATE usage SET outcome = 'half' WHERE usage_id = 1;
-- changed, and not settled yet; the others of the team are told as they were
SELECT step, what, reason FROM explain_charge(4) WHERE what IN ('rate', 'pending', 'result');
SELECT step, what, at, reason FROM explain_charge(3) WHERE what IN ('rate', 'pending', 'result');
SELECT settle();
SELECT step, what, subject, tokens, reason FROM explain_charge(4) WHERE what IN ('rate', 'result');
SELECT step, what, subject, tokens, reason FROM explain_charge(1) WHERE what IN ('rate', 'outcome', 'result');
-- whole packages are not rounded up
UPDATE usage SET quantity = 100 WHERE usage_id = 4;
SELECT settle();
SELECT step, what, subject, tokens, reason FROM explain_charge(4) WHERE what IN ('rate', 'result');
UPDATE usage SET quantity = 101 WHERE usage_id = 4;
UPDATE rate_card SET rounding = 'down' WHERE sku = 'photo';
SELECT settle();
SELECT step, what, subject, tokens, reason FROM explain_charge(4) WHERE what IN ('rate', 'result');
-- a price that does not divide, and one without a unit
INSERT INTO api(api, premium) VALUES ('plan', 1);
INSERT INTO rate_card(api, sku, effective_from, tokens, per) VALUES ('plan', '*', '2025-01-01 00:00:00', 1, 7), ('plan', 'sold out', '2025-01-01 00:00:00', NULL, 1);
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (30, 'c', 'plan', 'any', 1, '2025-05-16 00:00:00'), (31, 'c', 'plan', NULL, 1, '2025-05-16 00:00:00'), (32, 'c', 'plan', 'sold out', 1, '2025-05-16 00:00:00');
SELECT settle();
SELECT usage_id, what, subject, round(tokens, 12) AS tokens, at, reason FROM explain_charge WHERE usage_id IN (30, 31, 32) AND what IN ('names', 'rate', 'unrated', 'result');

-- graduated and carried-over prices depend on what the team used before: the result tells what was settled
INSERT INTO rate_card(api, sku, effective_from, tokens, per, unit, rounding) VALUES ('plan', 'call', '2025-01-01 00:00:00', 0, 1, 'call', 'none'), ('plan', 'pack', '2025-01-01 00:00:00', 1, 10, 'call', 'carry');
INSERT INTO rate_tier(api, sku, effective_from, above, tokens) VALUES ('plan', 'call', '2025-01-01 00:00:00', 5, 1), ('plan', 'call', '2025-01-01 00:00:00', 8, 0.5);
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (41, 'c', 'plan', 'call', 4, '2025-05-16 00:00:00'), (42, 'c', 'plan', 'call', 6, '2025-05-17 00:00:00'), (43, 'c', 'plan', 'pack', 6, '2025-05-17 00:00:00'), (44, 'c', 'plan', 'pack', 6, '2025-05-17 00:00:01');
SELECT settle();
SELECT usage_id, what, subject, tokens, at, reason FROM explain_charge WHERE usage_id BETWEEN 41 AND 44 AND what IN ('rate', 'result');

-- a usage of the very instant of a purchase: the lot is alive, and pays; of the instant at which it ends: it does not
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (60, 'c', 'model-derivative', 'dwg', 1, '2025-05-20 00:00:00'), (61, 'c', 'model-derivative', 'dwg', 1, '2026-05-20 00:00:00');
SELECT settle();
SELECT usage_id, what, tokens, substr(reason, 1, 20) FROM explain_charge WHERE usage_id IN (60, 61) AND subject = 'lot 7';

-- closed periods: settled before the close, recorded after it, and a payer that is another one since
DELETE FROM usage WHERE usage_id > 18;
INSERT INTO period_close(team_id, closed_until) VALUES ('T', '2025-05-17 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (50, 'c', 'model-derivative', 'dwg', 10, '2025-05-05 00:00:00'), (51, 'c', 'viewer', NULL, 10, '2025-05-05 00:00:00');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('c', 'U', '2025-05-06 12:00:00');
SELECT settle();
SELECT step, what, subject, tokens, at, reason FROM explain_charge(2) WHERE what NOT IN ('lot', 'usage', 'names');
SELECT step, what, subject, tokens, at, reason FROM explain_charge(3) WHERE what NOT IN ('lot', 'usage', 'names');
SELECT step, what, subject, tokens, at, reason FROM explain_charge(50) WHERE what NOT IN ('usage', 'names');
SELECT step, what, subject, tokens, at, reason FROM explain_charge(51);

-- the parameter: argument, column, both, a join, nothing, NULL and what is no usage_id
SELECT count(*) FROM explain_charge(5);
SELECT count(*) FROM explain_charge WHERE usage_id = 5;
SELECT count(*) FROM explain_charge('5');
SELECT count(*) FROM explain_charge WHERE p_usage = 5 AND usage_id = 5;
SELECT count(*) FROM explain_charge(5) WHERE usage_id = 6;
SELECT count(*) FROM usage u JOIN explain_charge e ON e.usage_id = u.usage_id WHERE u.usage_id IN (5, 6);
SELECT count(DISTINCT usage_id) = (SELECT count(*) FROM usage) FROM explain_charge;
SELECT count(DISTINCT usage_id) = (SELECT count(*) FROM usage) FROM explain_charge(NULL);
SELECT count(*) FROM explain_charge WHERE usage_id = NULL;
SELECT count(*) FROM explain_charge(999);
SELECT count(*) FROM explain_charge('five');
SELECT count(*) FROM explain_charge(x'05');
EXPLAIN QUERY PLAN SELECT * FROM explain_charge WHERE usage_id = 5;
SELECT name, type FROM pragma_table_info('explain_charge');
SELECT typeof(usage_id), typeof(step), typeof(what), typeof(subject), typeof(tokens), typeof(at), typeof(reason) FROM explain_charge(5) LIMIT 1;
CREATE VIRTUAL TABLE other USING explain_charge(1);
SELECT severity, rule, subject FROM billing_check WHERE severity = 'error';

-- One token is singular.
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)
  SELECT 90, team_id, kind, 1, '2031-01-01 00:00:00' FROM token_lot WHERE kind = 'flex_token' LIMIT 1;
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at)
  SELECT 90, client_id, 'model-derivative', 'dwg', '2031-01-02 00:00:00' FROM usage WHERE payer(client_id, '2031-01-02 00:00:00') = (SELECT team_id FROM token_lot WHERE lot_id = 90) LIMIT 1;
SELECT settle() > 0;
SELECT subject, reason FROM explain_charge(90) WHERE what = 'lot' AND subject = 'lot 90';
