-- Triggers of the user's own on usage: SQLite runs the newest one first, so they change, delete or settle a row before it is settled by ours
SELECT billing_install() > 0;
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2025-01-01 00:00:00');
CREATE VIEW charged AS SELECT u.usage_id, u.sku, u.occurred_at, s.status, s.tokens, s.charged, (SELECT group_concat(units) FROM ledger_entry e WHERE e.usage_id = u.usage_id) AS units
  FROM usage u JOIN usage_status('T', '2026-01-01 00:00:00') s USING (usage_id) ORDER BY 1;
SELECT billing_autosettle(1);

-- one that corrects the row that was inserted: it is charged once, as it is then
CREATE TRIGGER corrects AFTER INSERT ON usage WHEN NEW.sku = 'rvt' BEGIN UPDATE usage SET sku = 'dwg' WHERE usage_id = NEW.usage_id; END;
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (1, 'c', 'model-derivative', 'rvt', '2025-03-01 00:00:00'), (2, 'c', 'model-derivative', 'rvt', '2025-03-01T09:00:00+09:00');
SELECT * FROM charged;
DROP TRIGGER corrects;
-- one that gives it another time than the one that came with it in a driver's spelling
CREATE TRIGGER dates AFTER INSERT ON usage BEGIN UPDATE usage SET occurred_at = '2025-02-01 00:00:00' WHERE usage_id = NEW.usage_id; END;
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (3, 'c', 'model-derivative', 'rvt', '2025-03-02T09:00:00+09:00');
SELECT * FROM charged WHERE usage_id = 3;
DROP TRIGGER dates;
-- the same of a lot
CREATE TRIGGER dates AFTER INSERT ON token_lot BEGIN UPDATE token_lot SET purchased_at = '2025-02-01 00:00:00' WHERE lot_id = NEW.lot_id; END;
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (2, 'T', 'flex_token', 5, '2025-03-02T09:00:00+09:00');
SELECT lot_id, purchased_at FROM token_lot;
DROP TRIGGER dates;
-- one that deletes it
CREATE TRIGGER deletes AFTER INSERT ON usage BEGIN DELETE FROM usage WHERE usage_id = NEW.usage_id; END;
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (4, 'c', 'model-derivative', 'rvt', '2025-03-03 00:00:00');
SELECT count(*) FROM ledger_entry WHERE usage_id = 4;
DROP TRIGGER deletes;
-- one that inserts earlier usage, which settles all that comes after it
CREATE TRIGGER inserts AFTER INSERT ON usage WHEN NEW.label IS NULL BEGIN INSERT INTO usage(client_id, api, sku, occurred_at, label) VALUES (NEW.client_id, NEW.api, 'dwg', '2025-01-15 00:00:00', 'n'); END;
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (5, 'c', 'model-derivative', 'rvt', '2025-03-04 00:00:00');
SELECT * FROM charged WHERE usage_id >= 5;
DROP TRIGGER inserts;
-- one that corrects it, and then inserts a row that is there: in a transaction, after an upsert, with a row to replace
CREATE TRIGGER both AFTER INSERT ON usage WHEN NEW.label IS NULL BEGIN
  UPDATE usage SET quantity = 2 WHERE usage_id = NEW.usage_id;
  INSERT OR IGNORE INTO usage(client_id, api, sku, occurred_at, source_id, label) VALUES (NEW.client_id, NEW.api, NEW.sku, NEW.occurred_at, 'there', 'n');
END;
BEGIN;
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (10, 'c', 'model-derivative', 'rvt', '2025-03-05 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (10, 'c', 'model-derivative', 'dwg', '2025-03-06 00:00:00') ON CONFLICT (usage_id) DO UPDATE SET quantity = 3;
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (12, 'c', 'model-derivative', 'rvt', '2025-03-07 00:00:00');
INSERT OR REPLACE INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (12, 'c', 'model-derivative', 'dwg', '2025-03-07 00:00:00');
COMMIT;
SELECT * FROM charged WHERE usage_id >= 10;
DROP TRIGGER both;
-- a temporary one
CREATE TEMP TRIGGER corrects AFTER INSERT ON main.usage BEGIN UPDATE usage SET sku = 'dwg' WHERE usage_id = NEW.usage_id; END;
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (20, 'c', 'model-derivative', 'rvt', '2025-03-08 00:00:00');
SELECT * FROM charged WHERE usage_id = 20;
DROP TRIGGER temp.corrects;
-- one that settles
CREATE TRIGGER settles AFTER INSERT ON usage BEGIN INSERT INTO settlement(team_id) VALUES (NULL); END;
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (21, 'c', 'model-derivative', 'rvt', '2025-03-09 00:00:00');
SELECT * FROM charged WHERE usage_id = 21;
DROP TRIGGER settles;
-- with autosettle off a row that is gone is not listed as pending
SELECT billing_autosettle(0);
CREATE TRIGGER deletes AFTER INSERT ON usage BEGIN DELETE FROM usage WHERE usage_id = NEW.usage_id; END;
INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES (0, 'c', 'model-derivative', 'rvt', '2025-03-03 00:00:00');
SELECT pending FROM wallet_balance('T');
DROP TRIGGER deletes;

SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error' OR rule = 'pending';
SELECT balance FROM wallet_balance('T', '2025-09-01 00:00:00');
SELECT billing_rebuild();
SELECT balance FROM wallet_balance('T', '2025-09-01 00:00:00');
