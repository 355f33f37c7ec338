-- Access is right for any instant, also after late facts changed the past: it is a function of the facts
SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');
CREATE TABLE day(at TEXT);
INSERT INTO day WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 89) SELECT datetime('2025-01-01 00:00:00', i || ' days') FROM n;
-- runs of days with the same access
CREATE VIEW runs AS
  WITH told AS (SELECT at, access('T', at) AS access FROM day),
  step AS (SELECT at, access, access IS NOT lag(access) OVER (ORDER BY at) AS new FROM told)
  SELECT substr(at, 6, 5) AS since, access FROM step WHERE new ORDER BY at;
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 10, '2024-06-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES
  (1, 'c', 'model-derivative', 'rvt', 18, '2025-01-05 00:00:00'), (2, 'c', 'model-derivative', 'rvt', 10, '2025-02-01 00:00:00');
SELECT settle();
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
-- nothing of it is known before settle()
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (3, 'c', 'model-derivative', 'rvt', 4, '2025-01-10 00:00:00');
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
-- a late usage moves the begin of grace to before
SELECT settle();
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
-- a late purchase takes the first episode away, or ends it
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (2, 'T', 'flex_token', 1, '2025-01-20 00:00:00');
SELECT settle();
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
-- it turns out to have come too late
UPDATE token_lot SET purchased_at = '2025-01-25 00:00:00' WHERE lot_id = 2;
SELECT settle();
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
-- support had unblocked the team in time
INSERT INTO unblock(team_id, unblocked_at) VALUES ('T', '2025-01-26 00:00:00');
SELECT settle();
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
-- the first usage of all was half as large: nothing ever happened before February
UPDATE usage SET quantity = 9 WHERE usage_id = 1;
SELECT settle();
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
-- the lot was voided before any of it; then the void is taken back
UPDATE token_lot SET voided_at = '2025-01-01 12:00:00' WHERE lot_id = 1;
SELECT settle();
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
UPDATE token_lot SET voided_at = NULL WHERE lot_id = 1;
SELECT settle();
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
-- a trial over the time in question, and gone again
UPDATE account SET trial_started_at = '2025-01-15 00:00:00', trial_ended_at = '2025-02-15 00:00:00';
SELECT settle();
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
UPDATE account SET trial_started_at = NULL, trial_ended_at = NULL;
SELECT settle();
-- the app was another team's from February on: the debt was never this one's
INSERT INTO team(team_id, account_id) VALUES ('U', 'A');
INSERT INTO app_team(client_id, team_id, assigned_at) VALUES ('c', 'U', '2025-02-01 00:00:00');
SELECT settle();
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
DELETE FROM app_team;
SELECT settle();
SELECT group_concat(since || ' ' || access, ', ') FROM runs;

-- inside a transaction that is rolled back
BEGIN;
DELETE FROM usage;
SELECT settle();
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
ROLLBACK;
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
SAVEPOINT s;
UPDATE policy SET value = 1 WHERE name = 'grace_days';
SELECT settle();
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
ROLLBACK TO s;
SELECT group_concat(since || ' ' || access, ', ') FROM runs;
RELEASE s;

-- the same facts in another order, settled at once: the same
CREATE TABLE kept AS SELECT * FROM runs;
CREATE TABLE u AS SELECT * FROM usage;
CREATE TABLE l AS SELECT * FROM token_lot;
DELETE FROM usage;
DELETE FROM token_lot;
DELETE FROM unblock;
SELECT settle();
INSERT INTO unblock(team_id, unblocked_at) VALUES ('T', '2025-01-26 00:00:00');
INSERT INTO usage SELECT * FROM u ORDER BY usage_id DESC;
INSERT INTO token_lot SELECT * FROM l ORDER BY lot_id DESC;
SELECT settle();
SELECT count(*) FROM (SELECT * FROM runs EXCEPT SELECT * FROM kept) UNION ALL SELECT count(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM runs);
SELECT severity, rule, subject FROM billing_check WHERE severity = 'error';
