-- What a check asks of other rows it sees as of that moment, inside the statement too.
SELECT billing_install() > 0;
INSERT INTO account(account_id) VALUES ('A');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');

-- rows that the same statement has just written
INSERT INTO api VALUES ('new', NULL, 1), ('New', NULL, 1);
INSERT OR IGNORE INTO country VALUES ('XX', NULL), ('XX', '2025-01-01 00:00:00');
INSERT OR IGNORE INTO country VALUES ('XX', NULL), ('XX', NULL);
INSERT INTO api VALUES ('new', NULL, 1);
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('new', 'a', '2025-01-01 00:00:00', 1), ('new', 'A', '2026-01-01 00:00:00', 1);
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('new', 'a', '2025-01-01 00:00:00', 1), ('new', 'a', '2026-01-01 00:00:00', 1);
SELECT country, flex_from FROM country WHERE country = 'XX';
SELECT sku, effective_from FROM rate_card WHERE api = 'new';

-- a change of spelling is no twin of itself; with rows that still have the old one it is
UPDATE rate_card SET sku = 'A' WHERE api = 'new' AND effective_from = '2025-01-01 00:00:00';
DELETE FROM rate_card WHERE api = 'new' AND effective_from = '2026-01-01 00:00:00';
UPDATE rate_card SET sku = 'A' WHERE api = 'new';
UPDATE api SET api = 'New' WHERE api = 'new';
DELETE FROM rate_card WHERE api = 'new';
UPDATE api SET api = 'New' WHERE api = 'new';
UPDATE api_alias SET alias = upper(alias);
SELECT api FROM api WHERE api LIKE 'new';
SELECT sku FROM rate_card WHERE api LIKE 'new';

-- tiers keep their row of the card, by every part of its key, and a policy its kind
INSERT INTO rate_card(api, sku, effective_from, tokens) VALUES ('New', 'a', '2025-01-01 00:00:00', 1);
INSERT INTO rate_tier VALUES ('New', 'a', '2025-01-01 00:00:00', 10, 2);
UPDATE rate_card SET api = 'viewer' WHERE api = 'New';
UPDATE rate_card SET sku = 'b' WHERE api = 'New';
UPDATE rate_card SET effective_from = '2025-01-02 00:00:00' WHERE api = 'New';
UPDATE rate_card SET tokens = 3 WHERE api = 'New';
UPDATE rate_tier SET effective_from = '2025-01-02 00:00:00' WHERE api = 'New';
DELETE FROM rate_card WHERE api = 'New';
DELETE FROM token_kind WHERE kind = 'cloud_credit';
INSERT INTO token_kind VALUES ('+1 year', 9, NULL);
DELETE FROM token_kind WHERE kind = '+1 year';

-- values are compared as the column keeps them: 10 is 10.0, and '10' as well
INSERT INTO budget(budget_id, team_id, tokens, starts_at) VALUES (1, 'T', 10, '2025-01-01 00:00:00');
INSERT OR IGNORE INTO budget(budget_id, team_id, tokens, starts_at) VALUES
  (1, 'T', 10.0, '2025-01-01 00:00:00'), ('1', 'T', '10', '2025-01-01 00:00:00'), (1.0, 'T', 10, '2025-01-01 00:00:00');
INSERT OR IGNORE INTO budget(budget_id, team_id, tokens, starts_at) VALUES (1, 'T', 10.5, '2025-01-01 00:00:00');
INSERT INTO team(team_id, account_id) VALUES (7, 'A');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES (7, 'flex_token', 1, '2025-01-01 00:00:00');
DELETE FROM team WHERE team_id = '7';
UPDATE team SET team_id = 7 WHERE team_id = '7';
-- a key that SQLite is to choose is nobody's
INSERT OR IGNORE INTO budget(team_id, tokens, starts_at) VALUES ('T', 20, '2025-01-01 00:00:00'), ('T', 30, '2025-01-01 00:00:00');
SELECT budget_id, tokens FROM budget;

-- names hold any character
INSERT INTO team(team_id, account_id) VALUES ('it''s "%s" ?1', 'A');
INSERT OR IGNORE INTO team(team_id, account_id) VALUES ('it''s "%s" ?1', 'A');
INSERT OR IGNORE INTO team(team_id, account_id, name) VALUES ('it''s "%s" ?1', 'A', 'x');
DELETE FROM team WHERE team_id LIKE 'it%';

-- a trigger of the user's own writes what the row needs, so that one check runs inside another statement's
CREATE TRIGGER my_team BEFORE INSERT ON team WHEN NEW.team_id LIKE 'sub %'
BEGIN
  INSERT OR IGNORE INTO account(account_id) VALUES (NEW.account_id);
  INSERT INTO team(team_id, account_id) VALUES ('of ' || NEW.team_id, NEW.account_id);
END;
INSERT INTO team(team_id, account_id) VALUES ('sub 1', 'B'), ('sub 2', 'B');
INSERT INTO team(team_id, account_id) VALUES ('sub 3', 'C'), ('sub 3', 'C');
SELECT team_id, account_id FROM team;

-- a failure undoes the rows before it, also where no other trigger names ABORT
INSERT OR IGNORE INTO budget(team_id, tokens, starts_at) VALUES ('T', 40, '2025-01-01 00:00:00'), ('T', 50, 'soon');
BEGIN;
INSERT INTO budget(team_id, tokens, starts_at) VALUES ('T', 40, '2025-01-01 00:00:00'), ('Z', 50, '2025-01-01 00:00:00');
INSERT OR IGNORE INTO budget(team_id, tokens, starts_at) VALUES ('T', 40, '2025-01-01 00:00:00'), ('T', 50, 'soon');
INSERT OR IGNORE INTO budget(budget_id, team_id, tokens, starts_at) VALUES (9, 'T', 40, '2025-01-01 00:00:00'), (9, 'T', 50, '2025-01-01 00:00:00');
INSERT OR FAIL INTO budget(team_id, tokens, starts_at) VALUES ('T', 40, '2025-01-01 00:00:00'), ('T', 50, 'soon');
COMMIT;
SELECT budget_id, tokens FROM budget;

-- a TEMP table may have the name of ours
CREATE TEMP TABLE team(team_id TEXT, account_id TEXT);
INSERT INTO temp.team VALUES ('temporary', 'A');
INSERT INTO unblock VALUES ('temporary', '2025-01-01 00:00:00', NULL);
INSERT INTO unblock VALUES ('T', '2025-01-01 00:00:00', NULL);
DROP TABLE temp.team;

-- called by hand they refuse; inside a transaction that writes they answer as they do to a trigger
SELECT billing_valid_row('team', 'T', 'A', NULL, 'T');
BEGIN IMMEDIATE;
SELECT billing_valid_row('team', 'T', 'A', NULL, 'T'), billing_valid_new('team', 'T', 'A', NULL), billing_valid_new('team', 'T', 'A', 'x');
SELECT billing_unused('team', 'T');
SELECT billing_valid_row('team', 'T');
SELECT billing_valid_row();
SELECT billing_valid_row('nothing', 1);
SELECT billing_valid_new('team');
SELECT billing_unused(NULL);
ROLLBACK;
