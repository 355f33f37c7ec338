.load build/billing
.mode box
SELECT billing_install();
INSERT INTO account(account_id, name, country) VALUES ('acme', 'Acme', 'JP');
INSERT INTO team(team_id, account_id, name) VALUES ('design', 'acme', 'Design');
INSERT INTO app(client_id, name, account_id) VALUES ('viewer', 'Model viewer', 'acme');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at)
  VALUES ('design', 'flex_token', 100, '2025-07-01 09:00:00');
INSERT INTO usage(client_id, api, sku, quantity, occurred_at)
  VALUES ('viewer', 'model-derivative', 'rvt', 210, '2025-07-29 09:00:00');
SELECT settle();
SELECT team_id, balance, uncharged, access, min_purchase
  FROM wallet_balance('design', '2025-07-30 00:00:00');
