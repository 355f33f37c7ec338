-- D100: an app changes its owner only while both accounts are at 0 or more, at full access and not on trial
SELECT billing_install() > 0;
SELECT billing_autosettle(1);
INSERT INTO country(country, flex_from) VALUES ('XX', NULL);
INSERT INTO account(account_id, country) VALUES ('A', 'JP'), ('B', 'JP'), ('E', 'JP'), ('it''s', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('a1', 'A'), ('a2', 'A'), ('b1', 'B');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A'), ('own', 'A');
CREATE VIEW owner AS SELECT account_id FROM app WHERE client_id = 'c';
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('own', 'a2', '2000-01-01 00:00:00');

-- both are well
UPDATE app SET account_id = 'B' WHERE client_id = 'c';
SELECT * FROM owner;
-- zero is well: a purchase that covers the debt to the unit
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (1, 'own', 'model-derivative', 'rvt', 10, '2020-01-01 00:00:00');
SELECT access('a2', '2020-01-01 00:00:00'), access('a2', '2024-01-01 00:00:00');
-- the side that takes it is negative, by any of its teams
UPDATE app SET account_id = 'A' WHERE client_id = 'c';
SELECT * FROM owner;
-- the side that gives is
UPDATE app SET account_id = 'B' WHERE client_id = 'own';
-- no conflict clause, no upsert and no replacing row gets around it
UPDATE OR IGNORE app SET account_id = 'A' WHERE client_id = 'c';
UPDATE OR REPLACE app SET account_id = 'A' WHERE client_id = 'c';
INSERT OR REPLACE INTO app(client_id, account_id) VALUES ('c', 'A');
REPLACE INTO app(client_id, account_id) VALUES ('c', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A') ON CONFLICT (client_id) DO UPDATE SET account_id = excluded.account_id;
PRAGMA recursive_triggers = ON;
INSERT OR REPLACE INTO app(client_id, account_id) VALUES ('c', 'A');
PRAGMA recursive_triggers = OFF;
SELECT * FROM owner;
-- what is no transfer may be done
UPDATE app SET name = 'other', account_id = 'B' WHERE client_id = 'c';
INSERT OR REPLACE INTO app(client_id, name, account_id) VALUES ('c', 'third', 'B');
-- bought out, but the team is still blocked
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'a2', 'adjustment', 15, '2020-02-01 00:00:00');
UPDATE app SET account_id = 'A' WHERE client_id = 'c';
INSERT INTO unblock(team_id, unblocked_at) VALUES ('a2', '2020-02-02 00:00:00');
UPDATE app SET account_id = 'A' WHERE client_id = 'c';
SELECT * FROM owner;

-- on trial, either side; "at the time of the transfer" is the clock's now
UPDATE account SET trial_started_at = datetime('now', '-1 day') WHERE account_id = 'B';
UPDATE app SET account_id = 'B' WHERE client_id = 'c';
UPDATE app SET account_id = 'it''s' WHERE client_id = 'c';
UPDATE account SET trial_started_at = NULL WHERE account_id = 'B';
UPDATE account SET trial_started_at = datetime('now', '-1 day') WHERE account_id = 'it''s';
UPDATE app SET account_id = 'B' WHERE client_id = 'c';
UPDATE account SET trial_ended_at = datetime('now', '-1 hour') WHERE account_id = 'it''s';
UPDATE app SET account_id = 'B' WHERE client_id = 'c';
-- negative since an hour: in grace. One that becomes so tomorrow is not
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (2, 'own', 'model-derivative', 'rvt', 10, datetime('now', '+1 day'));
UPDATE app SET account_id = 'A' WHERE client_id = 'c';
UPDATE usage SET occurred_at = datetime('now', '-1 hour') WHERE usage_id = 2;
UPDATE app SET account_id = 'B' WHERE client_id = 'c';
DELETE FROM usage WHERE usage_id = 2;

-- accounts without a team have no balance; their trial and subscription count
UPDATE app SET account_id = 'E' WHERE client_id = 'c';
SELECT * FROM owner;
UPDATE account SET trial_started_at = datetime('now', '-1 day') WHERE account_id = 'E';
UPDATE app SET account_id = 'A' WHERE client_id = 'c';
UPDATE account SET trial_started_at = NULL, country = 'XX' WHERE account_id = 'E';
UPDATE app SET account_id = 'A' WHERE client_id = 'c';
INSERT INTO subscription(account_id, starts_at, ends_at) VALUES ('E', '2020-01-01 00:00:00', '9000-01-01 00:00:00');
UPDATE app SET account_id = 'A' WHERE client_id = 'c';
SELECT * FROM owner;
-- an unknown owner is told so; EBA is outside these rules, and its debts with it
UPDATE app SET account_id = 'Z' WHERE client_id = 'c';
UPDATE token_lot SET tokens = 1 WHERE lot_id = 1;
UPDATE account SET agreement = 'eba' WHERE account_id = 'A';
UPDATE app SET account_id = 'B' WHERE client_id = 'c';
SELECT * FROM owner;

-- only future use moves where the past is pinned: from its app_team row on an app has the payer of that row
UPDATE account SET agreement = 'flex' WHERE account_id = 'A';
UPDATE token_lot SET tokens = 15 WHERE lot_id = 1;
INSERT INTO app(client_id, account_id) VALUES ('free', 'A'), ('pinned', 'A');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('pinned', 'a1', '2000-01-01 00:00:00');
UPDATE app SET account_id = 'B' WHERE client_id IN ('free', 'pinned');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('pinned', 'b1', '2025-01-01 00:00:00');
SELECT c.value, payer(c.value, '2024-12-31 23:59:59') AS past, payer(c.value, '2025-01-01 00:00:00') AS future FROM json_each('["free", "pinned"]') c;
