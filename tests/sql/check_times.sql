SELECT billing_install() > 0;
INSERT INTO account(account_id) VALUES ('A');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');

-- canonical times, and what they are kept as
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-07-30 10:11:12');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-07-30 10:11:12.345');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '0000-01-01 00:00:00');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2024-02-29 23:59:59');
SELECT occurred_at, typeof(occurred_at) FROM usage;

-- any other spelling of an instant is kept as that, unless something is lost or a time of day is missing
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-07-30T10:11:12Z');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-07-30 10:11:12.000');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-07-30 10:11:12.5');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-07-30 10:11:12+09:00');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-07-30');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-07-30 24:00:00');

INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-07-30 10:11:12.0001');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-07');
SELECT occurred_at FROM usage WHERE usage_id > 4;
UPDATE usage SET occurred_at = '2025-08-30T19:11:12.5+09:00' WHERE usage_id = 5;
SELECT occurred_at FROM usage WHERE usage_id = 5;

-- what is no instant
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-02-29 00:00:00');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-13-01 00:00:00');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-07-30 10:11:60');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', 'yesterday');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', NULL);
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', 1753870272);
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', 2460886.92);
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', x'00');
INSERT INTO usage(client_id, api) VALUES ('c', 'viewer');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-07-30 10:11:12' || char(0));
UPDATE usage SET occurred_at = '2025-07-30' WHERE usage_id = 1;

-- every other time
INSERT INTO account(account_id, trial_started_at) VALUES ('B', '2025-07-30');
INSERT INTO account(account_id, trial_ended_at) VALUES ('B', '2025-07-30 00:00');
INSERT INTO app_team VALUES ('c', 'T', '2025-07-30T00:00:00');
INSERT INTO product_assignment VALUES ('A', 'T', 'x', NULL);
INSERT INTO product_assignment VALUES ('A', 'T', '2025-07-30 00:00:00', 'x');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('T', 'flex_token', 1, '2025/07/30 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at, expires_at) VALUES ('T', 'flex_token', 1, '2025-07-30 00:00:00', 'never');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at, voided_at) VALUES ('T', 'flex_token', 1, '2025-07-30 00:00:00', 'now');
INSERT INTO lot_move VALUES (1, 'T', 'now');
INSERT INTO sku_alias VALUES ('viewer', 'a', 'b', 'now');
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('viewer', '*', NULL, 1);
INSERT INTO country VALUES ('XX', 'soon');
INSERT INTO subscription VALUES ('A', 'now', '2025-07-30 00:00:00');
INSERT INTO subscription VALUES ('A', '2025-07-30 00:00:00', NULL);
INSERT INTO unblock VALUES ('T', 'now', NULL);

-- what must not come before another
INSERT INTO account(account_id, trial_ended_at) VALUES ('B', '2025-07-30 00:00:00');
INSERT INTO account(account_id, trial_started_at, trial_ended_at) VALUES ('B', '2025-07-30 00:00:00', '2025-07-29 23:59:59.999');
INSERT INTO account(account_id, trial_started_at, trial_ended_at) VALUES ('B', '2025-07-30 00:00:00', '2025-07-30 00:00:00');
INSERT INTO product_assignment VALUES ('A', 'T', '2025-07-30 00:00:00', '2025-07-29 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at, expires_at) VALUES ('T', 'flex_token', 1, '2025-07-30 00:00:00', '2025-07-30 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at, expires_at) VALUES ('T', 'flex_token', 1, '2025-07-30 00:00:00', '2024-07-30 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at, voided_at) VALUES ('T', 'flex_token', 1, '2025-07-30 00:00:00', '2025-07-29 00:00:00');
INSERT INTO subscription VALUES ('A', '2025-07-30 00:00:00', '2025-07-30 00:00:00');

-- nor beyond the year 9999, where a lot has no end of its own
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 1, '9999-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, expires_at) VALUES (1, 'T', 'flex_token', 1, '9999-01-01 00:00:00', '9999-12-31 23:59:59.999');

-- a lot moves at its purchase or later, whichever row is written last
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (2, 'T', 'flex_token', 1, '2025-07-30 00:00:00');
INSERT INTO lot_move VALUES (2, 'T', '2025-07-29 23:59:59.999');
INSERT INTO lot_move VALUES (2, 'T', '2025-07-30 00:00:00');
UPDATE lot_move SET moved_at = '2025-07-29 00:00:00';
UPDATE token_lot SET purchased_at = '2025-07-30 00:00:00.001' WHERE lot_id = 2;
INSERT OR REPLACE INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (2, 'T', 'flex_token', 1, '2025-07-31 00:00:00');
UPDATE token_lot SET purchased_at = '2025-07-29 00:00:00' WHERE lot_id = 2;

SELECT (SELECT count(*) FROM usage), (SELECT count(*) FROM token_lot), (SELECT count(*) FROM subscription);
SELECT * FROM account;
SELECT lot_id, purchased_at, expires_at FROM token_lot;
SELECT * FROM lot_move;
