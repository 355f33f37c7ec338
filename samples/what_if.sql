-- What would the wallets look like if … ? Change facts inside a transaction, settle, read, roll
-- back. On the demo's database:
--   sqlite3 -cmd '.load build/billing' -box build/demo.db < samples/what_if.sql

CREATE TEMP VIEW july AS
  SELECT team_id AS team, round(balance, 2) AS balance, round(uncharged, 2) AS uncharged, access
  FROM wallet_balance
  WHERE at = '2025-07-30 09:59:59'
  ORDER BY team_id;

.print As it was on 2025-07-30, before the last purchase:
SELECT * FROM july;

-- Rates: complex models at 0.4 tokens since July.
BEGIN;
INSERT INTO rate_card(api, sku, effective_from, tokens, per, unit)
  VALUES ('model-derivative', 'complex', '2025-07-01 00:00:00', 0.4, 1, 'job');
INSERT INTO settlement(team_id) VALUES (NULL);
.print If a complex model cost 0.4 tokens since July:
SELECT * FROM july;
ROLLBACK;

-- Lots: what is left of survey's lot moves to design on 2025-07-15.
BEGIN;
INSERT INTO lot_move(lot_id, team_id, moved_at)
  SELECT lot_id, 'design', '2025-07-15 00:00:00' FROM token_lot WHERE source_id = 'order-6';
.print 'If survey had lent design its tokens on 2025-07-15, settle() would have changed entries:'
SELECT change, entry, count(*) AS entries, round(sum(tokens), 2) AS tokens
FROM settlement_preview
GROUP BY change, entry;
INSERT INTO settlement(team_id) VALUES (NULL);
.print and the wallets would have been:
SELECT * FROM july;
ROLLBACK;

-- Kinds: Flex tokens that pay models only.
BEGIN;
INSERT INTO kind_api(kind, api) VALUES ('flex_token', 'model-derivative');
INSERT INTO settlement(team_id) VALUES (NULL);
.print 'If Flex tokens paid Model Derivative alone, these would be uncharged:'
SELECT team_id AS team, api, count(*) AS events, round(sum(uncharged), 2) AS uncharged
FROM uncharged_usage
WHERE at = '2025-07-30 09:59:59' AND api <> 'model-derivative'
GROUP BY team_id, api;
ROLLBACK;

.print As it was, again:
SELECT * FROM july;
