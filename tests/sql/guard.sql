-- billing_guard(): usage is refused at the gate while its team has limited access or none
SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('acme', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('design', 'acme');
INSERT INTO app(client_id, account_id) VALUES ('viewer', 'acme');
INSERT INTO usage(client_id, api, sku, quantity, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', 10, '2025-07-01 09:00:00');
SELECT billing_autosettle(1), billing_guard(1), billing_guard(1);
SELECT at, access, balance FROM wallet_balance WHERE team_id = 'design' AND at IN ('2025-07-15 08:59:59.999', '2025-07-15 09:00:00') ORDER BY at;
SELECT can_call('viewer', 'model-derivative', '2025-07-15 08:59:59.999'), can_call('viewer', 'model-derivative', '2025-07-15 09:00:00');

-- D40: in grace all apis may be called, from its end on free apis only (Q18)
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-15 08:59:59.999');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-15 09:00:00');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('viewer', 'viewer', '2025-07-15 09:00:00');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('viewer', 'VIEWER', '2025-07-15 09:00:00');
SELECT can_call('viewer', 'viewer', '2025-07-15 09:00:00'), can_call('viewer', 'VIEWER', '2025-07-15 09:00:00');
-- an alias is the api that it stands for
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'automation', 'revit', '2025-07-15 09:00:00');
-- an unknown api counts as premium: a rate for it may come
INSERT INTO usage(client_id, api, occurred_at) VALUES ('viewer', 'teleport', '2025-07-15 09:00:00');
SELECT can_call('viewer', 'teleport', '2025-07-15 09:00:00'), can_call('viewer', 'teleport', '2025-07-15 08:59:59');
SELECT count(*) FROM usage;

-- no conflict clause swallows the refusal, and a statement with one refused row leaves nothing
INSERT OR IGNORE INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-14 09:00:00'), ('viewer', 'model-derivative', 'rvt', '2025-07-16 09:00:00');
INSERT OR REPLACE INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-14 09:00:00'), ('viewer', 'model-derivative', 'rvt', '2025-07-16 09:00:00');
INSERT OR FAIL INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-14 09:00:00'), ('viewer', 'model-derivative', 'rvt', '2025-07-16 09:00:00');
INSERT OR ROLLBACK INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-14 09:00:00'), ('viewer', 'model-derivative', 'rvt', '2025-07-16 09:00:00');
SELECT count(*) FROM usage;
BEGIN;
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'viewer', NULL, '2025-07-16 09:00:00');
INSERT OR IGNORE INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-16 09:00:00');
COMMIT;
SELECT count(*) FROM usage;

-- a bad row is still told what is wrong with it
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', 'noon');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', NULL);
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES (NULL, 'model-derivative', 'rvt', '2025-07-16 09:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 7, 'rvt', '2025-07-16 09:00:00');

-- nobody pays: the premium call is refused, the free one is not; can_call() says the same
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('newapp', 'model-derivative', 'rvt', '2025-07-01 09:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('new''app', 'teleport', NULL, '2025-07-01 09:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('newapp', 'viewer', NULL, '2025-07-01 09:00:00');
SELECT can_call('newapp', 'model-derivative', '2025-07-01 09:00:00'), can_call('newapp', 'teleport', '2025-07-01 09:00:00'), can_call('newapp', 'viewer', '2025-07-01 09:00:00');

-- what to buy: whole tokens that cover the debt, not less than the policy; a big debt names itself
SELECT uncharged, min_purchase FROM wallet_balance('design', '2025-07-16 00:00:00');
SELECT billing_guard(0);
INSERT INTO usage(client_id, api, sku, quantity, occurred_at) VALUES ('viewer', 'model-derivative', 'dwg', 2503, '2025-07-15 10:00:00');
SELECT billing_guard(1);
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-16 09:00:00');
SELECT uncharged, min_purchase FROM wallet_balance('design', '2025-07-16 00:00:00');
-- support has unblocked it before the purchase came: the purchase is all that is missing (Q21)
INSERT INTO unblock(team_id, unblocked_at) VALUES ('design', '2025-07-16 08:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-16 09:00:00');
DELETE FROM unblock;
-- bought, and the unblock is missing
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('design', 'flex_token', 300, '2025-07-17 09:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-17 09:00:00');
INSERT INTO unblock(team_id, unblocked_at) VALUES ('design', '2025-07-17 10:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-17 09:59:59');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-17 10:00:00');
-- the past is still the past
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-16 09:00:00');
-- policy restore = 'auto': no word of support
DELETE FROM unblock;
UPDATE policy SET value = 'auto' WHERE name = 'restore';
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-16 09:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-17 09:00:00');
UPDATE policy SET value = 'support' WHERE name = 'restore';

-- the same usage loaded again is no new call; another one under its source_id is
DELETE FROM usage WHERE client_id <> 'viewer' OR api <> 'model-derivative' OR quantity <> 10;
SELECT billing_guard(0);
INSERT INTO usage(client_id, api, sku, occurred_at, source_id) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-16 09:00:00', 's1');
SELECT billing_guard(1);
INSERT OR IGNORE INTO usage(client_id, api, sku, occurred_at, source_id) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-16 09:00:00', 's1');
INSERT OR IGNORE INTO usage(client_id, api, sku, occurred_at, source_id) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-16 09:00:01', 's1');
INSERT INTO usage(client_id, api, sku, occurred_at, source_id) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-16 09:00:00', 's1');
SELECT count(*) FROM usage;

-- a team that another one's lot reaches, and a name that is hard to print
INSERT INTO team(team_id, account_id) VALUES ('it''s' || char(0x3000) || 'a "team"', 'acme');
INSERT INTO app_team(client_id, team_id, assigned_at) SELECT 'viewer', team_id, '2025-08-01 00:00:00' FROM team WHERE team_id <> 'design';
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-08-01 00:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-08-15 00:00:00');

-- D34: without a live subscription where Flex is not sold there is no access at all, to free apis neither
INSERT INTO country(country, flex_from) VALUES ('XX', NULL);
INSERT INTO account(account_id, country) VALUES ('isle', 'XX');
INSERT INTO team(team_id, account_id) VALUES ('isle', 'isle');
INSERT INTO app(client_id, account_id) VALUES ('ferry', 'isle');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('ferry', 'model-derivative', 'rvt', '2025-07-01 00:00:00');
INSERT INTO subscription(account_id, starts_at, ends_at) VALUES ('isle', '2024-10-01 00:00:00', '2025-10-01 00:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('ferry', 'model-derivative', 'rvt', '2025-07-01 00:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('ferry', 'model-derivative', 'rvt', '2025-10-01 00:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('ferry', 'viewer', NULL, '2025-10-01 00:00:00');
SELECT can_call('ferry', 'viewer', '2025-10-01 00:00:00'), can_call('ferry', 'viewer', '2025-09-30 23:59:59');
-- the trial is over later than the subscription
UPDATE account SET trial_started_at = '2025-09-15 00:00:00', trial_ended_at = '2025-10-15 00:00:00' WHERE account_id = 'isle';
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('ferry', 'model-derivative', 'rvt', '2025-10-14 00:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('ferry', 'model-derivative', 'rvt', '2025-10-15 00:00:00');
-- EBA is outside
UPDATE account SET agreement = 'eba' WHERE account_id = 'isle';
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('ferry', 'model-derivative', 'rvt', '2025-10-15 00:00:00');

-- what can_call() allows the guard lets in, all in one statement
CREATE TABLE attempt(client_id TEXT, api TEXT, occurred_at TEXT, refused INTEGER DEFAULT 1);
INSERT INTO attempt(client_id, api, occurred_at)
  SELECT c.value, a.value, t.value FROM json_each('["viewer","ferry","newapp"]') c, json_each('["viewer","Automation","teleport"]') a,
    json_each('["2024-01-01 00:00:00","2025-07-15 08:59:59","2025-07-15 09:00:00","2025-08-20 00:00:00"]') t;
UPDATE account SET agreement = 'flex', trial_started_at = NULL, trial_ended_at = NULL WHERE account_id = 'isle';
UPDATE attempt SET refused = 1 - can_call(client_id, api, occurred_at);
SELECT refused, count(*) FROM attempt GROUP BY refused;
INSERT INTO usage(client_id, api, occurred_at) SELECT client_id, api, occurred_at FROM attempt WHERE NOT refused;
SELECT changes();

-- off again, also from a connection that never turned it on; arguments
SELECT billing_guard(0), billing_guard(0);
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('viewer', 'model-derivative', 'rvt', '2025-07-16 09:00:00');
SELECT billing_guard(2);
SELECT billing_guard('on');
SELECT billing_guard(NULL);
