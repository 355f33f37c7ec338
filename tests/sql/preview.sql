-- settlement_preview: what settle() would take back and write, in the order of the ledger, for one team or all.
-- tests/clients/test_preview.py sees that it leaves nothing behind
SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('U', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A'), ('d', 'A');
INSERT INTO app_team VALUES ('d', 'U', '2020-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2025-01-01 00:00:00'), (2, 'U', 'flex_token', 100, '2025-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at) VALUES (1, 'c', 'adjustment', 5, '2025-02-01 00:00:00'), (2, 'd', 'adjustment', 6, '2025-02-01 00:00:00');
SELECT settle();

-- a changed amount: the old row goes before the new one comes; other teams are left out where one is named
UPDATE usage SET quantity = quantity + 2;
SELECT change, team_id, usage_id, lot_id, charged_at, entry, tokens FROM settlement_preview;
SELECT change, team_id, usage_id, tokens FROM settlement_preview('T');
-- a team that nobody knows has nothing to settle
SELECT count(*) FROM settlement_preview('nobody');
SELECT count(*) FROM settlement_preview WHERE team_id = 'nobody';
-- settled, there is nothing to tell
SELECT settle();
SELECT count(*) FROM settlement_preview;
