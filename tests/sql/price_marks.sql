-- What a change of the price list settles again: the wallets whose usage it may touch, from their
-- first such usage on. settle() says how many rows that were.
SELECT billing_install();
INSERT INTO account(account_id) VALUES ('A');
INSERT INTO team(team_id, account_id) VALUES ('T1', 'A'), ('T2', 'A'), ('T3', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c1', 'A'), ('c2', 'A'), ('c3', 'A');
INSERT INTO app_team VALUES ('c1', 'T1', '2025-01-01 00:00:00'), ('c2', 'T2', '2025-01-01 00:00:00'),
  ('c3', 'T3', '2025-01-01 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) SELECT team_id, 'flex_token', 1000,
  '2025-01-01 00:00:00' FROM team;
INSERT INTO api(api, premium) VALUES ('paint', 1), ('print', 1), ('idle', 1);
INSERT INTO api_alias VALUES ('brush', 'paint');
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES
  ('paint', 'oil', '2025-01-01 00:00:00', 1), ('paint', 'ink', '2025-01-01 00:00:00', 2),
  ('paint', '*', '2025-01-01 00:00:00', 3), ('print', 'page', '2025-01-01 00:00:00', 4);
INSERT INTO sku_alias(api, alias, sku, effective_from)
  VALUES ('paint', 'gouache', 'ink', '2025-02-15 00:00:00');
-- T1: oil, by two names of the api. T2: ink, and what falls back. T3: another api.
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at, outcome) VALUES
  (1, 'c1', 'paint', 'oil', '2025-02-01 00:00:00', 'success'),
  (2, 'c1', 'BRUSH', 'OIL', '2025-03-01 00:00:00', 'success'),
  (3, 'c2', 'paint', 'ink', '2025-02-01 00:00:00', 'success'),
  (4, 'c2', 'paint', 'gouache', '2025-02-01 00:00:00', 'success'),
  (5, 'c2', 'paint', 'Gouache', '2025-03-01 00:00:00', 'failed'),
  (6, 'c3', 'print', 'page', '2025-02-01 00:00:00', 'success'),
  (7, 'c3', 'print', 'page', '2025-03-01 00:00:00', 'success');
SELECT settle();
CREATE TEMP TABLE told(what, settled, changed);
CREATE TEMP VIEW try AS SELECT NULL AS what;
-- The rows that settle() took, and those whose price is another one than before.
CREATE TEMP TABLE price AS SELECT usage_id, tokens FROM usage_status;
CREATE TEMP TRIGGER asked INSTEAD OF INSERT ON try BEGIN
  INSERT INTO told VALUES (NEW.what, settle(), NULL);
  UPDATE told SET changed = (SELECT group_concat(usage_id) FROM (SELECT u.usage_id FROM usage_status u
    JOIN price p USING (usage_id) WHERE u.tokens IS NOT p.tokens ORDER BY 1))
    WHERE rowid = last_insert_rowid();
  DELETE FROM price;
  INSERT INTO price SELECT usage_id, tokens FROM usage_status;
END;

UPDATE rate_card SET tokens = 5 WHERE api = 'print';
INSERT INTO try VALUES ('all of one api');
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('print', 'page', '2025-02-20 00:00:00', 6);
INSERT INTO try VALUES ('from a later date on');
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('print', 'page', '2026-01-01 00:00:00', 6);
INSERT INTO try VALUES ('after all usage');
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('idle', 'run', '2025-01-01 00:00:00', 6);
INSERT INTO try VALUES ('an api that nobody uses');
UPDATE rate_card SET tokens = 1.5 WHERE sku = 'oil';
INSERT INTO try VALUES ('one sku, by an alias of its api as well');
UPDATE rate_card SET tokens = 2.5 WHERE sku = 'ink';
INSERT INTO try VALUES ('one sku, by its alias from a date on as well');
UPDATE rate_card SET tokens = 3.5 WHERE api = 'paint' AND sku = '*';
INSERT INTO try VALUES ('what has no row of its own');
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('paint', 'gouache', '2025-01-01 00:00:00', 7);
INSERT INTO try VALUES ('a name gets a row of its own');
DELETE FROM rate_card WHERE sku = 'gouache';
INSERT INTO try VALUES ('and loses it');
UPDATE sku_alias SET effective_from = '2025-01-15 00:00:00' WHERE alias = 'gouache';
INSERT INTO try VALUES ('an alias from an earlier date on');
INSERT INTO outcome_rule VALUES ('paint', 'failed', 0.5);
INSERT INTO try VALUES ('an outcome');
INSERT INTO rate_tier VALUES ('paint', 'oil', '2025-01-01 00:00:00', 0.5, 0.5);
INSERT INTO try VALUES ('a tier');
UPDATE api SET premium = 0 WHERE api = 'print';
INSERT INTO try VALUES ('an api that is free');
DELETE FROM api_alias WHERE alias = 'brush';
INSERT INTO try VALUES ('an alias of an api that goes');
SELECT * FROM told;

-- Of several changes the earliest counts; settle(team) leaves what it marks of others.
UPDATE rate_card SET tokens = 8 WHERE api = 'paint' AND sku IN ('oil', 'ink');
SELECT rule, subject, detail FROM billing_check WHERE rule = 'pending';
SELECT settle('T2');
SELECT subject, detail FROM billing_check WHERE rule = 'pending';
SELECT settle();
SELECT count(*) FROM _billing_pending_price;
-- What is not settled yet is no reason to settle anything again.
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES
  (8, 'c3', 'paint', 'oil', '2025-03-02 00:00:00');
UPDATE rate_card SET tokens = 9 WHERE sku = 'oil' AND api = 'paint';
SELECT settle();
