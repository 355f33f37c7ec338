-- explain_charge at the instants where something begins or ends, as settling sees them
SELECT billing_install() > 0;
INSERT INTO account(account_id, country, trial_started_at, trial_ended_at) VALUES ('A', 'JP', NULL, NULL), ('B', 'JP', '2025-01-01 00:00:00', '2025-02-01 00:00:00');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A'), ('B', 'B');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A'), ('b', 'B');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2025-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at) VALUES (1, 'c', 'adjustment', 1, '2025-01-31 23:59:59.999'), (2, 'c', 'adjustment', 1, '2025-02-01 00:00:00'),
  (3, 'b', 'adjustment', 1, '2024-12-31 23:59:59.999'), (4, 'b', 'adjustment', 1, '2025-01-01 00:00:00'), (5, 'b', 'adjustment', 1, '2025-01-31 23:59:59.999'), (6, 'b', 'adjustment', 1, '2025-02-01 00:00:00');
SELECT settle();

-- the trial: its begin in it and its end not, as usage_status has it (Q23)
SELECT s.usage_id, s.status, (SELECT e.reason FROM explain_charge(s.usage_id) e WHERE e.what = 'trial') AS why FROM usage_status('B', '2025-03-01 00:00:00') s ORDER BY s.usage_id;

-- facts that changed and are not settled: from the instant of the change on, not before
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (3, 'T', 'adjustment', 5, '2025-02-01 00:00:00');
SELECT usage_id, at, reason FROM explain_charge WHERE usage_id IN (1, 2) AND what = 'pending';
SELECT settle();
SELECT usage_id, subject, tokens FROM explain_charge WHERE usage_id IN (1, 2) AND what = 'lot' AND tokens > 0;

-- a close: what happened before it is final, what happens at its instant is not
INSERT INTO period_close(team_id, closed_until) VALUES ('T', '2025-02-01 00:00:00');
SELECT usage_id, at, reason FROM explain_charge WHERE usage_id IN (1, 2) AND what = 'closed period';
SELECT severity, rule, subject FROM billing_check WHERE severity = 'error';
