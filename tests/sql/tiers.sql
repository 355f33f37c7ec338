SELECT billing_install() > 0;
-- D118, D119: graduated prices with a free allowance, and partial packages that roll over.
INSERT INTO account(account_id, name, country) VALUES ('acme', 'Acme', 'JP');
INSERT INTO team VALUES ('T1', 'acme', 'One'), ('T2', 'acme', 'Two');
INSERT INTO app VALUES ('one', 'One', 'acme'), ('two', 'Two', 'acme');
INSERT INTO app_team VALUES ('two', 'T2', '2025-01-01 00:00:00');
INSERT INTO api VALUES ('calls', 'Calls', 1);
INSERT INTO rate_card VALUES ('calls', 'read', '2020-01-01 00:00:00', 0, 1, 'call', 'none', 0);
INSERT INTO rate_tier VALUES
  ('calls', 'read', '2020-01-01 00:00:00', 100, 0.5),
  ('calls', 'read', '2020-01-01 00:00:00', 200, 0.1);
INSERT INTO rate_card VALUES ('calls', 'write', '2020-01-01 00:00:00', 1, 10, 'call', 'carry', 0);
-- in isolation: 100 free, 100 at 0.5, 50 at 0.1; two whole packages of 10
SELECT rate('calls', 'read', 250, '2025-07-01 00:00:00'), rate('calls', 'write', 25, '2025-07-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'one', 'calls', 'read', 90, '2025-07-10 10:00:00'),
  (2, 'one', 'calls', 'read', 20, '2025-07-20 10:00:00'),
  (3, 'one', 'calls', 'read', 200, '2025-07-21 10:00:00'),
  (4, 'one', 'calls', 'read', 200, '2025-08-01 00:00:00'),
  (5, 'two', 'calls', 'read', 110, '2025-07-31 23:59:59.999'),
  (6, 'one', 'calls', 'write', 9, '2025-07-10 10:00:00'),
  (7, 'one', 'calls', 'write', 9, '2025-07-31 10:00:00'),
  (8, 'one', 'calls', 'write', 9, '2025-08-01 00:00:00');
SELECT settle();
SELECT usage_id, tokens, status FROM usage_status ORDER BY usage_id;
-- a late row prices what comes after it in its month again, and what was carried
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (9, 'one', 'calls', 'read', 10, '2025-07-01 00:00:00'),
  (10, 'one', 'calls', 'write', 1, '2025-07-01 00:00:00');
SELECT settle();
SELECT usage_id, tokens, status FROM usage_status ORDER BY usage_id;
-- failed work counts towards nothing
INSERT INTO outcome_rule VALUES ('calls', 'failed', 0);
UPDATE usage SET outcome = 'failed' WHERE usage_id = 9;
SELECT settle() > 0;
SELECT usage_id, tokens, status FROM usage_status WHERE sku = 'read' ORDER BY usage_id;
-- without tiers the month does not matter any more
DELETE FROM rate_tier;
UPDATE rate_card SET tokens = 0.5 WHERE api = 'calls' AND sku = 'read';
SELECT settle() > 0;
SELECT usage_id, tokens, status FROM usage_status WHERE sku = 'read' ORDER BY usage_id;
SELECT * FROM billing_check WHERE severity = 'error';
-- bad rows
INSERT INTO rate_tier VALUES ('calls', 'read', '2021-01-01 00:00:00', 10, 1);
INSERT INTO rate_tier VALUES ('calls', 'read', '2020-01-01 00:00:00', 0, 1);
INSERT INTO rate_tier VALUES ('calls', 'read', '2020-01-01 00:00:00', -5, 1);
INSERT INTO rate_tier VALUES ('calls', 'read', '2020-01-01 00:00:00', 10, NULL);
INSERT INTO rate_tier VALUES ('calls', 'read', '2020-01-01 00:00:00', 10, 1);
DELETE FROM rate_card WHERE sku = 'read';
UPDATE rate_card SET effective_from = '2021-01-01 00:00:00' WHERE sku = 'read';
