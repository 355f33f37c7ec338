SELECT billing_install() > 0;
INSERT INTO account(account_id) VALUES ('A');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');

-- quantities
INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES
  ('c', 'viewer', 0, '2025-07-30 00:00:00'),
  ('c', 'viewer', 1.5, '2025-07-30 00:00:00'),
  ('c', 'viewer', '2.5', '2025-07-30 00:00:00'),
  ('c', 'viewer', 1e12, '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-07-30 00:00:00');
SELECT quantity, typeof(quantity) FROM usage;
INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES ('c', 'viewer', -1, '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES ('c', 'viewer', -0.000001, '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES ('c', 'viewer', 1000000000001, '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES ('c', 'viewer', 9223372036854775807, '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES ('c', 'viewer', 9e999, '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES ('c', 'viewer', -9e999, '2025-07-30 00:00:00');
-- not a number is NULL in SQL
INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES ('c', 'viewer', 9e999 - 9e999, '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES ('c', 'viewer', 'one', '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES ('c', 'viewer', '1 s', '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES ('c', 'viewer', '', '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES ('c', 'viewer', 'inf', '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, quantity, occurred_at) VALUES ('c', 'viewer', x'31', '2025-07-30 00:00:00');
UPDATE usage SET quantity = -quantity WHERE quantity = 1.5;
UPDATE usage SET quantity = NULL;

-- tokens of lots
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('T', 'flex_token', 1e12, '2025-07-30 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('T', 'flex_token', 1.1e12, '2025-07-30 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('T', 'flex_token', -1, '2025-07-30 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('T', 'flex_token', 9e999, '2025-07-30 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('T', 'flex_token', NULL, '2025-07-30 00:00:00');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('T', 'flex_token', 'many', '2025-07-30 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES ('one', 'T', 'flex_token', 1, '2025-07-30 00:00:00');

-- rates: NULL tokens end the sale, a package is never nothing
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('viewer', '*', '2025-07-30 00:00:00', NULL);
INSERT INTO rate_card(api, sku, effective_from, tokens, minimum) VALUES ('viewer', 'm', '2025-07-30 00:00:00', 1, NULL);
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('viewer', 'x', '2025-07-30 00:00:00', -1);
INSERT INTO rate_card(api, sku, effective_from, tokens, per) VALUES ('viewer', 'x', '2025-07-30 00:00:00', 1, 0);
INSERT INTO rate_card(api, sku, effective_from, tokens, per) VALUES ('viewer', 'x', '2025-07-30 00:00:00', 1, -1);
INSERT INTO rate_card(api, sku, effective_from, tokens, per) VALUES ('viewer', 'x', '2025-07-30 00:00:00', 1, 0.0000001);
INSERT INTO rate_card(api, sku, effective_from, tokens, per) VALUES ('viewer', 'x', '2025-07-30 00:00:00', 1, NULL);
INSERT INTO rate_card(api, sku, effective_from, tokens, minimum) VALUES ('viewer', 'x', '2025-07-30 00:00:00', 1, -1);
INSERT INTO rate_card(api, sku, effective_from, tokens, minimum) VALUES ('viewer', 'x', '2025-07-30 00:00:00', 1, 'none');

-- factors, ranks, flags
INSERT INTO outcome_rule VALUES ('viewer', 'failed', 0.5);
INSERT INTO outcome_rule VALUES ('viewer', 'partial', -0.5);
INSERT INTO outcome_rule VALUES ('viewer', 'partial', NULL);
INSERT INTO outcome_rule VALUES ('viewer', 'partial', 1e7);
INSERT INTO token_kind VALUES ('gift', -1, NULL);
INSERT INTO token_kind VALUES ('other', NULL, NULL);
INSERT INTO token_kind VALUES ('other', 1.5, NULL);
INSERT INTO token_kind VALUES ('other', 'first', NULL);
INSERT INTO token_kind VALUES ('other', 10000000000, NULL);
INSERT INTO api VALUES ('x', NULL, 2);
INSERT INTO api VALUES ('x', NULL, NULL);
INSERT INTO api VALUES ('x', NULL, 'yes');
INSERT INTO api VALUES ('x', NULL, 0.5);

SELECT (SELECT count(*) FROM usage), (SELECT count(*) FROM token_lot), (SELECT count(*) FROM api WHERE api = 'x');
