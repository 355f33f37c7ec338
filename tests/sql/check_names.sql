SELECT billing_install() > 0;

-- a name is any text that begins and ends with something to be seen; a number becomes text
INSERT INTO account(account_id, name) VALUES ('it''s "A"', 'quoted'), ('😀', 'emoji'), (7, 'number'), ('a b', 'blank inside');
INSERT INTO account(account_id) VALUES (replace(hex(zeroblob(524288)), '00', 'xy'));
INSERT INTO team(team_id, account_id) SELECT account_id, account_id FROM account;
SELECT length(CAST(team_id AS BLOB)), typeof(team_id) FROM team ORDER BY 1;
INSERT INTO usage(client_id, api, sku, occurred_at, user_id, label)
  SELECT team_id, team_id, team_id, '2025-07-30 00:00:00', team_id, team_id FROM team;
SELECT count(*) FROM usage;

INSERT INTO account(account_id) VALUES (NULL);
INSERT INTO account(account_id) VALUES ('');
INSERT INTO account(account_id) VALUES (x'41');
INSERT INTO account(account_id, name) VALUES ('B', x'41');
INSERT INTO account(account_id, country) VALUES ('B', '');
INSERT INTO team(team_id, account_id) VALUES (NULL, '7');
INSERT INTO team(team_id, account_id) VALUES ('T', NULL);
INSERT INTO app(client_id, account_id) VALUES ('', '7');
INSERT INTO token_kind VALUES ('', 3, NULL);
INSERT INTO api VALUES (NULL, NULL, 0);
INSERT INTO api_alias VALUES ('', 'viewer');
INSERT INTO country VALUES (NULL, NULL);

-- usage names what it likes, but it names it
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('nobody', 'nothing', 'none', '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('nobody', 'nothing', '', '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, occurred_at) VALUES (NULL, 'viewer', '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('', 'viewer', '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', NULL, '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', '', '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('c', 'viewer', x'41', '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, occurred_at, outcome) VALUES ('c', 'viewer', '2025-07-30 00:00:00', NULL);
INSERT INTO usage(client_id, api, occurred_at, outcome) VALUES ('c', 'viewer', '2025-07-30 00:00:00', '');
INSERT INTO usage(client_id, api, occurred_at, user_id) VALUES ('c', 'viewer', '2025-07-30 00:00:00', x'41');
INSERT INTO usage(client_id, api, occurred_at, label) VALUES ('c', 'viewer', '2025-07-30 00:00:00', x'41');
INSERT INTO usage(client_id, api, occurred_at, source_id) VALUES ('c', 'viewer', '2025-07-30 00:00:00', '');
INSERT INTO usage(client_id, api, occurred_at, source_id) VALUES ('c', 'viewer', '2025-07-30 00:00:00', x'41');

-- white space at an end, control characters, nothing to be seen, no UTF-8; shown escaped
INSERT INTO account(account_id) VALUES (' B');
INSERT INTO account(account_id) VALUES ('B' || char(13));
INSERT INTO account(account_id) VALUES (char(9) || 'B ');
INSERT INTO account(account_id) VALUES ('B' || char(0xA0));
INSERT INTO account(account_id) VALUES (char(0xFEFF) || 'B');
INSERT INTO account(account_id) VALUES ('B' || char(0x200B));
INSERT INTO account(account_id) VALUES (char(0x3000));
-- what is not seen: a name that has it looks like another one
INSERT INTO account(account_id) VALUES ('B' || char(0xAD));
INSERT INTO account(account_id) VALUES (char(0x202E) || 'B');
INSERT INTO account(account_id) VALUES ('B' || char(0x2064));
INSERT INTO account(account_id) VALUES (char(0x200B));
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('c', 'model-derivative', 'r' || char(0x200B) || 'vt', '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('c', 'model-derivative', 'r' || char(0x200D) || 'vt', '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('c', 'model-derivative', 'rvt' || char(0xFE0F), '2025-07-30 00:00:00');
INSERT INTO account(account_id) VALUES ('a' || char(0x202E) || 'b');
INSERT INTO account(account_id) VALUES ('a' || char(0xE0041) || 'b');
-- but where a script needs it: Persian, Hindi, emoji
SAVEPOINT needed;
INSERT INTO account(account_id) VALUES (char(0x645, 0x6CC, 0x200C, 0x62E, 0x648, 0x627, 0x647, 0x645)), (char(0x915, 0x94D, 0x200D, 0x937)), (char(0x1F469, 0x200D, 0x1F4BB)), (char(0x2764, 0xFE0F));
ROLLBACK TO needed;
RELEASE needed;
INSERT INTO account(account_id) VALUES (CAST(x'610062' AS TEXT));
INSERT INTO account(account_id) VALUES (CAST(x'61ff62' AS TEXT));
INSERT INTO account(account_id) VALUES (CAST(x'61eda080' AS TEXT));
INSERT INTO account(account_id, name) VALUES ('B', 'B' || char(10));
INSERT INTO usage(client_id, api, sku, occurred_at) VALUES ('c', 'model-derivative', 'rvt' || char(13), '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, occurred_at, outcome) VALUES ('c', 'viewer', '2025-07-30 00:00:00', 'failed' || char(13));
INSERT INTO usage(client_id, api, occurred_at, user_id) VALUES ('c', 'viewer', '2025-07-30 00:00:00', '');
INSERT INTO usage(client_id, api, occurred_at, user_id, label) VALUES ('c', 'viewer', '2025-07-30 00:00:00', 'u', '');
INSERT INTO usage(client_id, api, occurred_at, label) VALUES ('c', 'viewer', '2025-07-30 00:00:00', ' x');
UPDATE usage SET user_id = 'u' || char(27) WHERE user_id = 'u';
INSERT INTO unblock VALUES ('7', '2025-07-30 00:00:00', 'any text ' || char(10));
INSERT INTO unblock VALUES ('7', '2025-07-30 00:00:00', CAST(x'ff' AS TEXT));

-- the loader's own key was an integer, and is none any more
INSERT INTO usage(client_id, api, occurred_at, source_id) VALUES ('c', 'viewer', '2025-07-30 00:00:00', '1.8446744073709552e+19');
INSERT INTO usage(client_id, api, occurred_at, source_id) VALUES ('c', 'viewer', '2025-07-30 00:00:00', 1e300);
INSERT INTO usage(client_id, api, occurred_at, source_id) VALUES ('c', 'viewer', '2025-07-30 00:00:00', '1e5'), ('c', 'viewer', '2025-07-30 00:00:00', '18446744073709551615');

-- choices
INSERT INTO account(account_id, agreement) VALUES ('B', 'EBA');
INSERT INTO account(account_id, agreement) VALUES ('B', NULL);
INSERT INTO account(account_id, agreement) VALUES ('B', ''' ''');
INSERT INTO rate_card(api, sku, effective_from, tokens, rounding) VALUES ('viewer', '*', '2025-07-30 00:00:00', 1, 'nearest');
INSERT INTO rate_card(api, sku, effective_from, tokens, rounding) VALUES ('viewer', '*', '2025-07-30 00:00:00', 1, 'roll');
INSERT INTO rate_tier VALUES ('viewer', '*', '2025-07-30 00:00:00', 10, 1);
INSERT INTO period_close VALUES ('7', '2025-07-30 00:00:00');

-- apis and skus are found without regard to case: two that differ only in case cannot both stand
INSERT INTO api VALUES ('Viewer', NULL, 1);
INSERT INTO api VALUES ('Automation', NULL, 1);
INSERT INTO api_alias VALUES ('VIEWER', 'webhooks');
INSERT INTO api_alias VALUES ('AUTOMATION', 'webhooks');
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('model-derivative', 'Simple', '2030-01-01 00:00:00', 1);
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('model-derivative', 'simple', '2030-01-01 00:00:00', 1);
INSERT INTO sku_alias VALUES ('model-derivative', 'RVT', 'complex', '2030-01-01 00:00:00');
UPDATE api SET api = 'Viewer' WHERE api = 'viewer';
SELECT api FROM api WHERE api LIKE 'viewer';

-- a name that no fact may have gets no price either: '*' would give it one by accident
SELECT rate('model-derivative', 'rvt', 1, '2025-01-01 00:00:00'), rate('model-derivative', 'rvt' || char(13), 1, '2025-01-01 00:00:00');
SELECT rate('model-derivative', ' rvt', 1, '2025-01-01 00:00:00');
SELECT rate('model-derivative', '', 1, '2025-01-01 00:00:00');
SELECT rate('model-derivative' || char(9), 'rvt', 1, '2025-01-01 00:00:00');
SELECT rate('model-derivative', 'r' || char(8203) || 'vt', 1, '2025-01-01 00:00:00');
SELECT rate('model-derivative', CAST(x'ff' AS TEXT), 1, '2025-01-01 00:00:00');
SELECT rate('viewer', NULL, 1, '2025-01-01 00:00:00'), rate('viewer', ' rvt', 1, '2025-01-01 00:00:00'), rate('model-derivative', 7, 1, '2025-01-01 00:00:00');

-- policies
UPDATE policy SET value = 30 WHERE name = 'grace_days';
UPDATE policy SET value = '31' WHERE name = 'grace_days';
SELECT value, typeof(value) FROM policy WHERE name = 'grace_days';
UPDATE policy SET value = -1 WHERE name = 'grace_days';
UPDATE policy SET value = 'two weeks' WHERE name = 'grace_days';
UPDATE policy SET value = 1e6 WHERE name = 'trial_days';
UPDATE policy SET value = NULL WHERE name = 'trial_days';
UPDATE policy SET value = 101 WHERE name = 'red_percent';
UPDATE policy SET value = 'never' WHERE name = 'restore';
UPDATE policy SET value = 'auto' WHERE name = 'restore';
UPDATE policy SET value = '+2 years' WHERE name = 'lot_term';
UPDATE policy SET value = '1 year and a day' WHERE name = 'lot_term';
UPDATE policy SET value = '-1 year' WHERE name = 'lot_term';
UPDATE policy SET value = '+0 days' WHERE name = 'lot_term';
UPDATE policy SET value = 1 WHERE name = 'lot_term';
UPDATE policy SET value = 'gold' WHERE name = 'flex_kind';
INSERT INTO policy VALUES ('grace', 14);
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('7', 'flex_token', 1, '9900-01-01 00:00:00');
UPDATE policy SET value = '+100 years' WHERE name = 'lot_term';
SELECT value FROM policy WHERE name = 'lot_term';
