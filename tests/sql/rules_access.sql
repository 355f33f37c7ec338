-- Countries, trial and contracts: what the texts say of who may call what.
SELECT billing_install() > 0;
SELECT billing_autosettle(1);
INSERT INTO country(country, flex_from) VALUES ('XX', NULL);
INSERT INTO account(account_id, country) VALUES ('jp', 'JP'), ('us', 'US'), ('xx', 'XX');
INSERT INTO team(team_id, account_id) VALUES ('Tjp', 'jp'), ('Tus', 'us'), ('Txx', 'xx');
INSERT INTO app(client_id, account_id) VALUES ('jp', 'jp'), ('us', 'us'), ('xx', 'xx');

-- D32, D35: Flex is sold in 20 countries and more, Japan, North America and Europe among them
SELECT count(*) >= 20, min(flex_from), max(flex_from) FROM country WHERE flex_from IS NOT NULL;
SELECT count(*) FROM country WHERE country IN ('JP', 'US', 'CA', 'DE', 'FR', 'GB') AND flex_from = '2022-11-07 00:00:00';
-- D24: sold from that instant on: a lot bought before waits for it
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'Tjp', 'flex_token', 100, '2022-11-06 23:59:59'), (2, 'Tus', 'flex_token', 100, '2022-11-07 00:00:00');
SELECT at, lot_id, state, expires_at FROM lot_balance WHERE at IN ('2022-11-06 23:59:59.999', '2022-11-07 00:00:00') ORDER BY at, lot_id;
-- D25, D37, D6: no yearly renewal where Flex is sold: full access with no subscription, years on
SELECT access('Tjp', '2025-07-01 00:00:00'), access('Txx', '2025-07-01 00:00:00');
-- D33, D34: where it is not, credits and a subscription, both
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (3, 'Txx', 'cloud_credit', 100, '2025-06-01 00:00:00');
SELECT access('Txx', '2025-07-01 00:00:00'), can_call('xx', 'model-derivative', '2025-07-01 00:00:00');
INSERT INTO subscription VALUES ('xx', '2025-06-01 00:00:00', '2026-03-01 00:00:00');
SELECT access('Txx', '2025-07-01 00:00:00'), can_call('xx', 'model-derivative', '2025-07-01 00:00:00');
-- D92, Q32: credits end with the contract, or after a year, whichever is first; renewed, they keep their year
SELECT lot_id, expires_at FROM lot_balance('Txx', '2025-07-01 00:00:00');
SELECT at, available FROM wallet_balance WHERE team_id = 'Txx' AND at IN ('2026-02-28 23:59:59', '2026-03-01 00:00:00', '2026-06-01 00:00:00') ORDER BY at;
INSERT INTO subscription VALUES ('xx', '2026-03-01 00:00:00', '2027-03-01 00:00:00');
SELECT at, available FROM wallet_balance WHERE team_id = 'Txx' AND at IN ('2026-02-28 23:59:59', '2026-03-01 00:00:00', '2026-06-01 00:00:00') ORDER BY at;

-- D43, D45, D116, Q23: a trial of 90 days may call all and consumes nothing; 'Start commercial use' ends it at once
UPDATE account SET trial_started_at = '2025-07-01 00:00:00' WHERE account_id = 'us';
INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at) VALUES (1, 'us', 'adjustment', 1, '2025-09-28 23:59:59.999'), (2, 'us', 'adjustment', 1, '2025-09-29 00:00:00');
SELECT usage_id, status, tokens, access('Tus', occurred_at) FROM usage_status('Tus', '2025-10-01 00:00:00') ORDER BY usage_id;
UPDATE account SET trial_ended_at = '2025-09-28 23:59:59.999' WHERE account_id = 'us';
SELECT usage_id, status, tokens, access('Tus', occurred_at) FROM usage_status('Tus', '2025-10-01 00:00:00') ORDER BY usage_id;
-- D36, D117: an enterprise agreement is outside, whatever it uses
UPDATE account SET agreement = 'eba' WHERE account_id = 'us';
SELECT usage_id, status, tokens, access('Tus', occurred_at) FROM usage_status('Tus', '2025-10-01 00:00:00') ORDER BY usage_id;
-- D40, D97, Q22: usage that happened under limited access is billed like any other; the gate is what says no
INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at) VALUES (3, 'jp', 'adjustment', 101, '2022-12-01 00:00:00'), (4, 'jp', 'adjustment', 2, '2023-06-01 00:00:00'), (5, 'jp', 'viewer', 2, '2023-06-01 00:00:00');
SELECT usage_id, status, uncharged, access('Tjp', occurred_at), can_call(client_id, api, occurred_at) FROM usage_status('Tjp', '2023-07-01 00:00:00') ORDER BY usage_id;
SELECT severity, rule, subject FROM billing_check;
