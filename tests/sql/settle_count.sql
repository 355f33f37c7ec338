-- settle() returns how many usage rows it settled or re-settled: each one counts once.
SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('acme', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'acme');
INSERT INTO app(client_id, account_id) VALUES ('v', 'acme');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'v', 'model-derivative', 'rvt', 20, '2025-01-02 00:00:00'),
  (2, 'v', 'model-derivative', 'rvt', 20, '2025-01-03 00:00:00'),
  (3, 'v', 'viewer', NULL, 1, '2025-01-04 00:00:00'),
  (4, 'v', 'holograms', NULL, 1, '2025-01-04 00:00:00');
SELECT 'three rated, one listed', settle();
SELECT 'again', settle();
-- a debt that is paid in part is settled again
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 4, '2025-02-01 00:00:00');
SELECT 'one in part', settle();
-- by two lots at two instants: once
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES
  (2, 'T', 'flex_token', 2, '2025-03-01 00:00:00'), (3, 'T', 'flex_token', 1, '2025-03-02 00:00:00'),
  (4, 'T', 'flex_token', 5, '2025-03-03 00:00:00');
SELECT 'the rest of one in two steps, the other in part', settle();
-- a payment that is taken back
DELETE FROM token_lot WHERE lot_id >= 2;
SELECT 'both lose payments', settle();
SELECT usage_id, charged, uncharged FROM usage_status('T', '2026-01-01 00:00:00') WHERE uncharged > 0 ORDER BY 1;
SELECT count(*) FROM billing_check WHERE severity = 'error';

-- Switches take 0 and 1, and tell what they got.
SELECT billing_progress(2);
SELECT billing_progress(NULL);
SELECT billing_autosettle(4294967297);
SELECT billing_autosettle('on');
SELECT billing_progress(1), billing_progress(0);

-- What is settled for two reasons at once counts once: a changed row after a late one, a late row of a
-- smaller id than one that is settled.
INSERT INTO team(team_id, account_id) VALUES ('once', 'acme');
INSERT INTO app(client_id, account_id) VALUES ('once', 'acme');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('once', 'once', '2020-01-01 00:00:00');
SELECT settle() >= 0;
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (101, 'once', 'model-derivative', 'rvt', '2025-05-25 00:00:00');
SELECT 'one', settle();
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (102, 'once', 'model-derivative', 'rvt', '2025-03-22 00:00:00');
UPDATE usage SET occurred_at = '2025-04-25 00:00:00' WHERE usage_id = 101;
SELECT 'two', settle();
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (106, 'once', 'model-derivative', 'rvt', '2025-08-06 00:00:00');
SELECT 'one', settle();
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (107, 'once', 'model-derivative', 'rvt', '2025-07-10 00:00:00'), (105, 'once', 'model-derivative', 'rvt', '2025-07-23 00:00:00');
SELECT 'three', settle();
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (100, 'once', 'flex_token', 1, '2025-07-20 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (108, 'once', 'model-derivative', 'rvt', '2025-04-01 00:00:00');
SELECT 'all six but the oldest', settle();
SELECT count(*) FROM billing_check WHERE severity = 'error';

-- Many new rows beside a mark: what they come before is settled again, and so is what a new rate changes.
DELETE FROM token_lot WHERE lot_id = 100;
SELECT settle() >= 0;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1499)
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at)
  SELECT 1000 + i, 'once', 'model-derivative', 'rvt', datetime('2025-09-01', i || ' minutes') FROM n;
SELECT '1500', settle();
UPDATE usage SET quantity = 2 WHERE usage_id = 1100;
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (100, 'once', 'flex_token', 1000, '2025-09-01 12:00:00');
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1499)
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at)
  SELECT 3000 + i, 'once', 'model-derivative', 'rvt', datetime('2025-09-01', i || ' minutes', '30 seconds') FROM n;
SELECT 'all 3000, and six older debts that the lot pays', settle();
SELECT count(*) FROM billing_check WHERE severity = 'error';
