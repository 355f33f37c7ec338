-- Closed periods and moves: teams that lots tie together are closed together; late moves count at the close, after those that are settled
SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('S', 'A'), ('T', 'A'), ('U', 'A'), ('V', 'A');
INSERT INTO app(client_id, account_id) SELECT team_id, 'A' FROM team;
INSERT INTO app_team(client_id, team_id, assigned_at) SELECT team_id, team_id, '2024-01-01 00:00:00' FROM team;
CREATE VIEW held AS SELECT lot_id, group_concat(team_id || ' ' || substr(at, 6, 5), ', ') AS teams FROM (
  SELECT lot_id, team_id, at, team_id IS NOT lag(team_id) OVER (PARTITION BY lot_id ORDER BY at) AS new FROM (
    SELECT b.lot_id, b.team_id, b.at FROM json_each('["2025-01-05 00:00:00","2025-01-10 00:00:00","2025-01-12 00:00:00","2025-01-15 00:00:00","2025-01-20 00:00:00","2025-01-31 23:59:59","2025-02-01 00:00:00","2025-02-10 00:00:00","2025-02-20 00:00:00","2025-03-20 00:00:00"]') j CROSS JOIN lot_balance b ON b.at = j.value)
  ORDER BY lot_id, at) WHERE new GROUP BY lot_id;
CREATE VIEW whole AS SELECT team_id, balance, purchased_ever, moved, used_ever, purchased_ever + moved = used_ever + lapsed_ever + available AS adds_up FROM wallet_balance WHERE at = '2025-04-01 00:00:00';

-- lot 1 goes from T to U on 2025-01-20; T is closed
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2025-01-02 00:00:00');
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (1, 'U', '2025-01-20 00:00:00'), (1, 'U', '2025-01-25 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'T', 'model-derivative', 'rvt', 20, '2025-01-08 00:00:00'), (2, 'U', 'model-derivative', 'rvt', 20, '2025-01-22 00:00:00'), (3, 'U', 'model-derivative', 'rvt', 20, '2025-02-22 00:00:00');
INSERT INTO period_close(team_id, closed_until) VALUES ('T', '2025-02-01 00:00:00');
SELECT usage_id, lot_id, team_id, charged_at, tokens FROM ledger ORDER BY usage_id;
SELECT * FROM held;
-- so U is closed with it: what the lot paid there is final as well
UPDATE usage SET quantity = 1 WHERE usage_id = 2;
DELETE FROM lot_move WHERE moved_at = '2025-01-20 00:00:00';
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (4, 'U', 'model-derivative', 'rvt', 2, '2025-01-09 00:00:00');
SELECT settle();
SELECT usage_id, team_id, occurred_at, charged_at FROM ledger WHERE usage_id = 4;

-- a late move that is dated before the settled one: it counts at the close, and the lot goes on from U
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (1, 'V', '2025-01-12 00:00:00');
SELECT settle();
SELECT * FROM held;
SELECT usage_id, lot_id, team_id, charged_at, tokens FROM ledger ORDER BY usage_id;
SELECT * FROM whole;
-- it may be taken back, for it is not of the closed period
DELETE FROM lot_move WHERE team_id = 'V';
SELECT settle();
SELECT * FROM held;
-- two late ones, in their order; a redundant one of the closed time (U on 2025-01-25) moves nothing
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (1, 'S', '2025-01-30 00:00:00'), (1, 'V', '2025-01-12 00:00:00');
SELECT settle();
SELECT * FROM held;
-- then a move after the close, and one at the very close
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (1, 'T', '2025-02-10 00:00:00');
SELECT settle();
SELECT * FROM held;
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (1, 'U', '2025-02-01 00:00:00');
SELECT settle();
SELECT * FROM held;
SELECT * FROM whole;
SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error';

-- moves before the close that are put in together with the close: settled by it
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (2, 'S', 'flex_token', 50, '2025-02-02 00:00:00');
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (2, 'V', '2025-02-10 00:00:00');
INSERT INTO period_close(team_id, closed_until) VALUES ('S', '2025-03-01 00:00:00');
DELETE FROM lot_move WHERE lot_id = 2;
SELECT * FROM held;

-- S is tied to T by lot 1: under its later close T cannot be opened, since nothing could be settled again
DELETE FROM period_close WHERE team_id = 'T';

-- re-opened: as if it had never been closed
DELETE FROM period_close WHERE closed_until = '2025-03-01 00:00:00';
DELETE FROM period_close WHERE closed_until = '2025-02-01 00:00:00';
SELECT settle();
SELECT * FROM held;
SELECT usage_id, lot_id, team_id, charged_at, tokens FROM ledger ORDER BY usage_id;
SELECT * FROM whole;
SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error';

-- a lot ties P to Q, and P's later close closes Q: without the move Q is closed until its own close, and reads the same before it
INSERT INTO team(team_id, account_id) VALUES ('P', 'A'), ('Q', 'A');
INSERT INTO app(client_id, account_id) VALUES ('Q', 'A');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('Q', 'Q', '2024-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (21, 'P', 'flex_token', 10, '2025-01-02 00:00:00'), (22, 'Q', 'flex_token', 10, '2025-01-02 00:00:00');
INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (21, 'Q', '2025-02-12 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (21, 'Q', 'teleport', 'metre', '2025-01-22 00:00:00'), (22, 'Q', 'teleport', 'metre', '2025-01-31 00:00:00');
INSERT INTO period_close(team_id, closed_until) VALUES ('P', '2025-02-01 00:00:00'), ('Q', '2025-01-31 00:00:00');
UPDATE token_lot SET voided_at = '2025-01-20 00:00:00' WHERE lot_id = 22;
SELECT settle();
DELETE FROM lot_move WHERE lot_id = 21;
SELECT settle();
SELECT usage_id, status FROM usage_status('Q', '2025-01-30 00:00:00');
SELECT lot_id, state FROM lot_balance('Q', '2025-01-30 00:00:00');
SELECT lot_id, state FROM lot_balance('Q', '2025-01-31 00:00:00');
-- with a rate usage 21 counts from that close on, usage 22 at its own time
INSERT INTO api(api, premium) VALUES ('teleport', 1);
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('teleport', 'metre', '2024-01-01 00:00:00', 1);
SELECT settle();
SELECT usage_id, status FROM usage_status('Q', '2025-01-30 00:00:00');
SELECT usage_id, status FROM usage_status('Q', '2025-01-31 00:00:00');
SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error';
