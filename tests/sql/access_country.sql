-- Countries: where and when Flex is sold, and what holds where it is not
SELECT billing_install() > 0;
SELECT billing_autosettle(1);
INSERT INTO country(country, flex_from) VALUES ('XX', NULL), ('LATE', '2025-06-01 00:00:00');
INSERT INTO account(account_id, country) VALUES ('jp', 'JP'), ('isle', 'XX'), ('late', 'LATE'), ('bare', NULL), ('moon', 'MO');
INSERT INTO team(team_id, account_id) SELECT account_id, account_id FROM account;
INSERT INTO app(client_id, account_id) SELECT account_id, account_id FROM account;
CREATE VIEW told AS SELECT team_id, at, balance, access, access(team_id, at) = access AS agree, can_call(team_id, 'model-derivative', at) AS premium, can_call(team_id, 'viewer', at) AS free FROM wallet_balance;
CREATE TABLE look(at TEXT);

-- D24: cloud credits are sold up to 2022-11-07 00:00 UTC, and no longer from that instant on; D33: elsewhere unchanged.
-- A rule of the shop: what was bought all the same is taken, and billing_check warns of it, in whichever order facts come
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'jp', 'cloud_credit', 10, '2022-11-06 23:59:59.999');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (101, 'jp', 'cloud_credit', 10, '2022-11-07 00:00:00');
INSERT OR IGNORE INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (102, 'jp', 'cloud_credit', 10, '2025-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (2, 'late', 'cloud_credit', 10, '2025-05-31 23:59:59.999');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (103, 'late', 'cloud_credit', 10, '2025-06-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (3, 'isle', 'cloud_credit', 10, '2025-06-01 00:00:00'), (4, 'bare', 'cloud_credit', 10, '2025-06-01 00:00:00'), (5, 'moon', 'cloud_credit', 10, '2025-06-01 00:00:00');
SELECT * FROM billing_check WHERE rule = 'lot_market';
-- it is one UPDATE of country: the same warning comes or goes with the row
UPDATE country SET flex_from = '2025-01-01 00:00:00' WHERE country = 'LATE';
SELECT * FROM billing_check WHERE rule = 'lot_market';
UPDATE country SET flex_from = '2025-06-01 00:00:00' WHERE country = 'LATE';
DELETE FROM token_lot WHERE lot_id > 100;
-- D9: credits in hand stay valid until their own end, past that day
SELECT lot_id, expires_at, state FROM lot_balance WHERE at = '2023-11-06 23:59:59' AND lot_id = 1;
SELECT lot_id, state FROM lot_balance WHERE at = '2023-11-06 23:59:59.999' AND lot_id = 1;

-- a Flex lot waits until Flex is sold; its year runs from its purchase; where it is not sold it never pays
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (11, 'late', 'flex_token', 100, '2025-03-01 00:00:00'), (12, 'isle', 'flex_token', 100, '2025-03-01 00:00:00'), (13, 'bare', 'flex_token', 100, '2020-03-01 00:00:00');
DELETE FROM token_lot WHERE lot_id = 2;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (1, 'late', 'model-derivative', 'rvt', 2, '2025-05-25 00:00:00'), (2, 'isle', 'model-derivative', 'rvt', 30, '2025-06-25 00:00:00'), (3, 'bare', 'model-derivative', 'rvt', 2, '2020-04-01 00:00:00');
SELECT at, team_id, lot_id, expires_at, used, remaining, state FROM lot_balance WHERE lot_id IN (11, 12, 13) AND at IN ('2025-05-31 23:59:59', '2025-06-01 00:00:00', '2026-02-28 23:59:59', '2026-03-01 00:00:00') ORDER BY lot_id, at;
SELECT usage_id, lot_id, charged_at, entry, tokens FROM ledger ORDER BY usage_id, lot_id;
SELECT at, balance, access FROM told WHERE team_id = 'late' AND at IN ('2025-05-24 00:00:00', '2025-05-25 00:00:00', '2025-05-31 23:59:59', '2025-06-01 00:00:00') ORDER BY at;
SELECT * FROM billing_check WHERE rule IN ('lot_unusable', 'country', 'lot_market');

-- D34: where Flex is not sold access needs a subscription that is live, its begin in it and its end not
INSERT INTO subscription(account_id, starts_at, ends_at) VALUES ('isle', '2025-02-01 00:00:00', '2025-08-01 00:00:00');
INSERT INTO look VALUES ('2025-01-31 23:59:59.999'), ('2025-02-01 00:00:00'), ('2025-06-01 00:00:00'), ('2025-07-08 23:59:59'), ('2025-07-09 00:00:00'), ('2025-07-31 23:59:59.999'), ('2025-08-01 00:00:00');
-- −5 since 2025-06-25: grace, limited, and none when the subscription ends, to free apis neither
SELECT told.* FROM look CROSS JOIN told USING (at) WHERE team_id = 'isle' ORDER BY at;
-- none comes before limited, and does not lift it
INSERT INTO subscription(account_id, starts_at, ends_at) VALUES ('isle', '2025-09-01 00:00:00', '2026-09-01 00:00:00');
SELECT at, access FROM told WHERE team_id = 'isle' AND at IN ('2025-08-31 23:59:59', '2025-09-01 00:00:00') ORDER BY at;

-- Q32: credits live to min(one year, end of the subscription unless renewed)
DELETE FROM usage WHERE usage_id = 2;
DELETE FROM subscription;
INSERT INTO subscription(account_id, starts_at, ends_at) VALUES ('isle', '2025-02-01 00:00:00', '2025-08-01 00:00:00');
CREATE VIEW alive AS SELECT at, remaining, state FROM lot_balance WHERE team_id = 'isle' AND kind = 'cloud_credit';
DELETE FROM look;
INSERT INTO look VALUES ('2025-07-31 23:59:59.999'), ('2025-08-01 00:00:00'), ('2025-10-01 00:00:00'), ('2026-05-31 23:59:59.999'), ('2026-06-01 00:00:00');
SELECT alive.* FROM look CROSS JOIN alive USING (at) ORDER BY at;
-- renewed without a gap: the year. Likewise by an overlap, and by many short ones
INSERT INTO subscription(account_id, starts_at, ends_at) VALUES ('isle', '2025-08-01 00:00:00', '2027-01-01 00:00:00');
SELECT alive.* FROM look CROSS JOIN alive USING (at) ORDER BY at;
UPDATE subscription SET starts_at = '2025-07-15 00:00:00' WHERE starts_at = '2025-08-01 00:00:00';
SELECT alive.* FROM look CROSS JOIN alive USING (at) ORDER BY at;
DELETE FROM subscription WHERE starts_at > '2025-02-01 00:00:00';
INSERT INTO subscription(account_id, starts_at, ends_at) VALUES ('isle', '2025-08-01 00:00:00', '2025-09-01 00:00:00'), ('isle', '2025-09-01 00:00:00', '2025-10-01 00:00:00');
SELECT alive.* FROM look CROSS JOIN alive USING (at) ORDER BY at;
-- renewed after a gap: the credits are gone and do not come back
DELETE FROM subscription WHERE starts_at > '2025-02-01 00:00:00';
INSERT INTO subscription(account_id, starts_at, ends_at) VALUES ('isle', '2025-08-01 00:00:00.001', '2027-01-01 00:00:00');
SELECT alive.* FROM look CROSS JOIN alive USING (at) ORDER BY at;
SELECT at, access FROM look CROSS JOIN told USING (at) WHERE team_id = 'isle' ORDER BY at;
-- a subscription inside a longer one ends nothing
DELETE FROM subscription;
INSERT INTO subscription(account_id, starts_at, ends_at) VALUES ('isle', '2025-02-01 00:00:00', '2027-01-01 00:00:00'), ('isle', '2025-03-01 00:00:00', '2025-04-01 00:00:00');
SELECT alive.* FROM look CROSS JOIN alive USING (at) ORDER BY at;
SELECT at, access FROM told WHERE team_id = 'isle' AND at IN ('2025-04-01 00:00:00', '2026-12-31 23:59:59', '2027-01-01 00:00:00') ORDER BY at;
-- bought before the subscription began: it lives from its purchase to the end of that subscription
DELETE FROM subscription;
INSERT INTO subscription(account_id, starts_at, ends_at) VALUES ('isle', '2025-07-01 00:00:00', '2025-10-01 00:00:00');
SELECT alive.* FROM look CROSS JOIN alive USING (at) ORDER BY at;
-- no subscription at all: the year, and no access
DELETE FROM subscription;
SELECT alive.* FROM look CROSS JOIN alive USING (at) ORDER BY at;
SELECT at, access, premium, free FROM told WHERE team_id = 'isle' AND at = '2025-07-01 00:00:00';
-- an explicit end that comes first wins, and a void one too
UPDATE token_lot SET expires_at = '2025-07-15 00:00:00' WHERE lot_id = 3;
INSERT INTO subscription(account_id, starts_at, ends_at) VALUES ('isle', '2025-02-01 00:00:00', '2025-08-01 00:00:00');
SELECT at, lot_id, lapsed, remaining, state FROM lot_balance WHERE lot_id = 3 AND at IN ('2025-07-14 23:59:59', '2025-07-15 00:00:00') ORDER BY at;
-- other kinds have no market rule
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (20, 'isle', 'adjustment', 5, '2025-07-20 00:00:00');
SELECT lot_id, remaining, state FROM lot_balance('isle', '2026-01-01 00:00:00');

-- the country may turn out otherwise later: everything follows, past included
UPDATE account SET country = 'JP' WHERE account_id = 'isle';
SELECT lot_id, state FROM lot_balance('isle', '2025-07-10 00:00:00');
SELECT access('isle', '2025-07-10 00:00:00'), access('isle', '2026-07-10 00:00:00');
UPDATE account SET country = 'XX' WHERE account_id = 'isle';
UPDATE country SET flex_from = '2025-04-01 00:00:00' WHERE country = 'XX';
SELECT lot_id, state FROM lot_balance('isle', '2025-03-31 23:59:59') UNION ALL SELECT lot_id, state FROM lot_balance('isle', '2025-07-10 00:00:00');
SELECT access('isle', '2025-01-01 00:00:00'), access('isle', '2026-07-10 00:00:00');
SELECT severity, rule, subject FROM billing_check WHERE severity = 'error';
