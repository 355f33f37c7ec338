-- Who pays: payer() over owner, product assignments and teams; debt stays where it was recorded
SELECT billing_install() > 0;
SELECT billing_autosettle(1);
INSERT INTO account(account_id, country) VALUES ('A', 'JP'), ('B', 'JP'), ('C', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('a2', 'A'), ('b1', 'B');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A'), ('d', 'C');
CREATE VIEW pays AS SELECT payer('c', '2023-12-31 23:59:59.999') AS "2023", payer('c', '2024-01-01 00:00:00') AS "2024", payer('c', '2024-06-01 00:00:00') AS june, payer('c', '2025-03-25 23:59:59.999') AS before, payer('c', '2025-03-26 00:00:00') AS after, payer('c', '2026-01-01 00:00:00') AS "2026";

-- D101, Q25: before the first app_team row the owner's first team, by team_id and not by age
SELECT * FROM pays;
INSERT INTO team(team_id, account_id) VALUES ('a1', 'A'), ('A9', 'A'), ('a3', 'A');
SELECT * FROM pays;
DELETE FROM team WHERE team_id = 'A9';
SELECT * FROM pays;
-- an owner without a team, a client without an app, arguments that are NULL or no time (Q26)
SELECT payer('d', '2025-01-01 00:00:00'), payer('x', '2025-01-01 00:00:00'), payer(NULL, '2025-01-01 00:00:00'), payer('c', NULL), payer('C', '2025-01-01 00:00:00');
SELECT payer('c', '2025-01-01T00:00:00Z');

-- D48, D52, D54, Q35: the owner's Platform Services assignment comes before the first team, while it lasts; its end is exclusive
INSERT INTO product_assignment(account_id, team_id, assigned_at, revoked_at) VALUES ('A', 'b1', '2024-01-01 00:00:00', '2024-06-01 00:00:00');
SELECT * FROM pays;
-- a later one takes over, also while the first still runs; without revoked_at it has no end
UPDATE product_assignment SET revoked_at = NULL;
INSERT INTO product_assignment(account_id, team_id, assigned_at) VALUES ('A', 'a3', '2024-06-01 00:00:00');
SELECT * FROM pays;
-- when the later one is revoked, the earlier one holds again
UPDATE product_assignment SET revoked_at = '2025-03-25 23:59:59.999' WHERE team_id = 'a3';
SELECT * FROM pays;
-- it is the account's own: other owners' apps do not care
SELECT payer('d', '2024-03-01 00:00:00');

-- D29, D101, D106: from the first app_team row on the team, and product assignments no longer count
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('c', 'a2', '2025-03-26 00:00:00');
SELECT * FROM pays;
-- an app_team row with an earlier date wins over product assignments from that date on
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('c', 'b1', '2024-06-01 00:00:00');
SELECT * FROM pays;
-- history: each row holds until the next
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('c', 'a1', '2026-01-01 00:00:00');
SELECT * FROM pays;
DELETE FROM app_team WHERE assigned_at < '2025-01-01 00:00:00';

-- usage goes with the payer of its own time, to the millisecond
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'c', 'model-derivative', 'rvt', 2, '2023-12-31 23:59:59.999'), (2, 'c', 'model-derivative', 'rvt', 4, '2024-01-01 00:00:00'),
  (3, 'c', 'model-derivative', 'rvt', 8, '2024-06-01 00:00:00'), (4, 'c', 'model-derivative', 'rvt', 16, '2025-03-25 23:59:59.999'),
  (5, 'c', 'model-derivative', 'rvt', 32, '2025-03-26 00:00:00'), (6, 'c', 'model-derivative', 'rvt', 64, '2026-01-01 00:00:00');
SELECT usage_id, team_id, uncharged FROM uncharged_usage WHERE at = '2026-02-01 00:00:00' ORDER BY usage_id;
SELECT team_id, balance FROM wallet_balance WHERE at = '2026-02-01 00:00:00' ORDER BY team_id;
SELECT u.usage_id, e.subject, e.at, e.reason FROM usage u CROSS JOIN explain_charge(u.usage_id) e WHERE e.what = 'payer' ORDER BY u.usage_id;

-- D102, D104: the debt that a2 has stays with a2 when the app moves on; lots of the new team do not pay it
SELECT balance, access FROM wallet_balance('a2', '2026-02-01 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('a1', 'flex_token', 100, '2026-01-15 00:00:00');
SELECT balance FROM wallet_balance('a2', '2026-02-01 00:00:00') UNION ALL SELECT balance FROM wallet_balance('a1', '2026-02-01 00:00:00');
-- D103: tokens that reach the old team offset it, though the app has left
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('a2', 'flex_token', 100, '2026-01-20 00:00:00');
SELECT usage_id, team_id, entry, charged_at, tokens FROM ledger('a2');
SELECT balance FROM wallet_balance('a2', '2026-02-01 00:00:00');
-- assigned back: usage of the time between is still the other team's
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('c', 'a2', '2026-02-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (7, 'c', 'model-derivative', 'rvt', 1, '2026-01-31 23:59:59'), (8, 'c', 'model-derivative', 'rvt', 1, '2026-02-01 00:00:00');
SELECT usage_id, team_id FROM ledger WHERE usage_id IN (7, 8) ORDER BY usage_id;

-- the assignment was entered with a wrong date: corrected, and all of it follows
UPDATE app_team SET assigned_at = '2025-03-01 00:00:00' WHERE assigned_at = '2025-03-26 00:00:00';
SELECT usage_id, team_id FROM usage_status WHERE at = '2026-03-01 00:00:00' ORDER BY usage_id;
DELETE FROM app_team WHERE assigned_at = '2026-01-01 00:00:00';
SELECT usage_id, team_id FROM usage_status WHERE at = '2026-03-01 00:00:00' ORDER BY usage_id;

-- Q26: nobody pays: listed, and settled when a team comes; never silently free
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (20, 'd', 'model-derivative', 'rvt', 2, '2025-05-01 00:00:00'), (21, 'x', 'model-derivative', 'rvt', 2, '2025-05-01 00:00:00'), (22, 'x', 'viewer', NULL, 2, '2025-05-01 00:00:00');
SELECT usage_id, client_id, reason FROM unrated_usage;
SELECT usage_id, what, reason FROM explain_charge WHERE usage_id IN (20, 21) AND what = 'unassigned';
INSERT INTO team(team_id, account_id) VALUES ('c1', 'C');
SELECT usage_id, client_id, reason FROM unrated_usage;
INSERT INTO app(client_id, account_id) VALUES ('x', 'C');
SELECT usage_id, team_id, status FROM usage_status WHERE at = '2025-06-01 00:00:00' AND usage_id >= 20 ORDER BY usage_id;
-- D108: one client id for several apps is one payer; D115: usage of an app that is deleted is listed again
DELETE FROM app WHERE client_id = 'x';
SELECT usage_id, client_id, reason FROM unrated_usage;

-- a team without tokens pays all the same: negative (D102)
SELECT team_id, balance, access FROM wallet_balance WHERE team_id = 'c1' AND at = '2025-06-01 00:00:00';
SELECT severity, rule, subject FROM billing_check WHERE severity = 'error';
