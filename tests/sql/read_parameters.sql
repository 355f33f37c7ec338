-- The ways to ask a reading table, and what it answers to nonsense.
SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('acme', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T1', 'acme'), ('t1', 'acme'), ('1', 'acme'), ('it''s', 'acme');
INSERT INTO app(client_id, account_id) VALUES ('viewer', 'acme');
INSERT INTO app_team VALUES ('viewer', 'T1', '2025-01-01 00:00:00');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T1', 'flex_token', 100, '2025-01-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (1, 'viewer', 'model-derivative', 'rvt', '2025-02-01 00:00:00');
SELECT settle() IS NOT NULL;

-- All are in the catalog, with their types.
SELECT m.name, m.type, c.name, c.type FROM sqlite_schema m JOIN pragma_table_info(m.name) c
  WHERE m.sql LIKE 'CREATE VIRTUAL TABLE%' AND m.name NOT LIKE '\_billing%' ESCAPE '\' ORDER BY m.name, c.cid;
SELECT m.name, c.name, c.type FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c
  WHERE m.sql LIKE 'CREATE VIRTUAL TABLE%' AND c.hidden = 1 ORDER BY m.name, c.cid;

-- As a function, as equalities, both; what is omitted.
SELECT team_id, at, balance FROM wallet_balance('T1', '2025-02-01 00:00:00');
SELECT team_id, at, balance FROM wallet_balance WHERE team_id = 'T1' AND at = '2025-02-01 00:00:00';
SELECT team_id, at, balance FROM wallet_balance('T1') WHERE at = '2025-02-01 00:00:00';
SELECT team_id, at, balance FROM wallet_balance(NULL, '2025-02-01 00:00:00');
SELECT count(*), count(DISTINCT at), min(at) > '2025-02-01 00:00:00' FROM wallet_balance;
SELECT count(*) FROM wallet_balance(NULL, NULL) WHERE team_id = 'T1' AND at = '2025-02-01 00:00:00';
SELECT p_team, p_at, balance FROM wallet_balance WHERE p_team = 'T1' AND p_at = '2025-01-31 23:59:59.999';
-- Two that contradict each other: both hold, so nothing does.
SELECT count(*) FROM wallet_balance('T1') WHERE team_id = 't1';
SELECT count(*) FROM wallet_balance('T1') WHERE p_team = 't1';
SELECT count(*) FROM wallet_balance('T1', '2025-02-01 00:00:00') WHERE at = '2025-02-01 00:00:01';
SELECT count(*) FROM wallet_balance WHERE at = '2025-02-01 00:00:00' AND at = '2025-02-01 00:00:01';
-- Nothing equals NULL.
SELECT count(*) FROM wallet_balance WHERE team_id = NULL;
SELECT count(*) FROM wallet_balance WHERE at = NULL;
SELECT count(*) FROM wallet_balance WHERE at IS NULL;
-- Lists, and what is not an equality.
SELECT team_id, at, balance FROM wallet_balance WHERE team_id IN ('T1', 'it''s', 'nobody')
  AND at IN ('2025-02-01 00:00:00', '2025-01-01 00:00:00') ORDER BY 1, 2;
SELECT count(*) FROM wallet_balance WHERE team_id = 'T1' OR team_id = 'it''s';
SELECT count(*) FROM wallet_balance WHERE team_id LIKE 't1';
SELECT count(*) FROM wallet_balance WHERE team_id = 't1' COLLATE NOCASE;
SELECT count(*), min(typeof(team_id)) FROM wallet_balance WHERE team_id = 1;
SELECT count(*) FROM wallet_balance WHERE team_id = x'5431';
SELECT at FROM wallet_balance WHERE team_id = 'T1' AND at IS '2025-02-01 00:00:00.500';
-- A parameter that is no column of its own is a column all the same.
SELECT usage_id, status FROM usage_status WHERE team_id = 'T1' AND at = '2025-02-01 00:00:00';
SELECT count(*) FROM usage_status WHERE at = '2025-01-31 23:59:59.999';
SELECT count(*) FROM uncharged_usage WHERE at = '2025-02-01 00:00:00';

-- From a join, in either order of the text.
CREATE TABLE asked(team, moment);
INSERT INTO asked VALUES ('T1', '2025-01-01 00:00:00'), ('T1', '2025-02-01 00:00:00'), ('t1', '2025-02-01 00:00:00'), (NULL, NULL);
SELECT team, moment, balance FROM asked JOIN wallet_balance ON team_id = team AND at = moment ORDER BY 1, 2;
SELECT team, moment, balance FROM wallet_balance JOIN asked ON team_id = team AND at = moment ORDER BY 1, 2;
SELECT team, moment, balance FROM wallet_balance(team, moment), asked WHERE team IS NOT NULL ORDER BY 1, 2;
SELECT team, moment, balance FROM asked LEFT JOIN wallet_balance ON team_id = team AND at = moment ORDER BY 1, 2;
SELECT moment, (SELECT balance FROM wallet_balance('T1', moment)) FROM asked WHERE team = 'T1' ORDER BY 1;
SELECT a.team_id, a.balance, b.balance FROM wallet_balance a JOIN wallet_balance b USING (team_id)
  WHERE a.at = '2025-01-01 00:00:00' AND b.at = '2025-02-01 00:00:00' ORDER BY 1;
SELECT team_id, lot_id, balance, remaining FROM wallet_balance JOIN lot_balance USING (team_id, at)
  WHERE at = '2025-02-01 00:00:00';
SELECT count(*) FROM wallet_balance JOIN lot_balance USING (team_id, at);
SELECT count(*) FROM team JOIN ledger USING (team_id) JOIN usage USING (usage_id);

-- Bound parameters.
.parameter init
.parameter set ?1 T1
.parameter set ?2 "'2025-02-01 00:00:00'"
SELECT team_id, balance FROM wallet_balance(?1, ?2);
SELECT team_id, balance FROM wallet_balance WHERE team_id = ?1 AND at = ?2;
.parameter clear

-- From stored views and triggers.
CREATE VIEW now_and_then AS SELECT team_id, at, balance FROM wallet_balance WHERE at = '2025-02-01 00:00:00';
SELECT * FROM now_and_then WHERE team_id = 'T1';
CREATE TABLE noted(balance);
CREATE TRIGGER note AFTER INSERT ON asked BEGIN
  INSERT INTO noted SELECT balance FROM wallet_balance(NEW.team, NEW.moment);
END;
INSERT INTO asked VALUES ('T1', '2025-02-01 00:00:00');
SELECT * FROM noted;

-- A time has one spelling.
SELECT * FROM wallet_balance('T1', '2025-02-01');
SELECT * FROM wallet_balance WHERE at = '2025-02-01T00:00:00Z';
SELECT * FROM lot_balance('T1', '2025-02-01 00:00:00.000');
SELECT * FROM usage_status('T1', '2025-02-30 00:00:00');
SELECT * FROM uncharged_usage('T1', '2025-02-01 24:00:00');
SELECT * FROM wallet_balance('T1', 20250201);
SELECT * FROM wallet_balance('T1', '');
SELECT * FROM wallet_balance('T1', '2025-02-01 00:00:00' || char(0));
-- Nothing is written through a reading table.
INSERT INTO ledger(team_id) VALUES ('T1');
DELETE FROM usage_status;
CREATE VIRTUAL TABLE temp.mine USING wallet_balance(T1);
CREATE VIRTUAL TABLE temp.mine USING wallet_balance;
SELECT balance FROM mine('T1', '2025-02-01 00:00:00');

-- in the schema of an attached file they would answer for main
ATTACH ':memory:' AS b;
CREATE VIRTUAL TABLE b.wallet_balance USING wallet_balance;
CREATE VIRTUAL TABLE b.explain_charge USING explain_charge;
CREATE VIRTUAL TABLE temp.held USING wallet_balance;
SELECT count(*) > 0 FROM temp.held;
