SELECT billing_install() > 0;
INSERT INTO account(account_id) VALUES ('A');
CREATE TABLE batch(id INTEGER PRIMARY KEY, occurred_at TEXT);
INSERT INTO batch VALUES (1, '2025-07-30 00:00:00'), (2, '2025-07-30 00:00:01'), (3, 'soon'), (4, '2025-07-30 00:00:03');
CREATE VIEW kept AS SELECT count(*) AS kept FROM usage;

-- a statement with a bad third row leaves nothing, outside a transaction …
INSERT INTO usage(client_id, api, occurred_at) SELECT 'c', 'viewer', occurred_at FROM batch;
SELECT * FROM kept;
INSERT OR IGNORE INTO usage(client_id, api, occurred_at) SELECT 'c', 'viewer', occurred_at FROM batch;
SELECT * FROM kept;
INSERT OR REPLACE INTO usage(client_id, api, occurred_at) SELECT 'c', 'viewer', occurred_at FROM batch;
SELECT * FROM kept;
INSERT OR FAIL INTO usage(client_id, api, occurred_at) SELECT 'c', 'viewer', occurred_at FROM batch;
SELECT * FROM kept;
INSERT OR ROLLBACK INTO usage(client_id, api, occurred_at) SELECT 'c', 'viewer', occurred_at FROM batch;
SELECT * FROM kept;
INSERT OR IGNORE INTO usage(client_id, api, occurred_at) VALUES ('c', 'viewer', '2025-07-30 00:00:00'), ('c', 'viewer', NULL);
SELECT * FROM kept;

-- … and inside one, which goes on
BEGIN;
INSERT INTO usage(client_id, api, occurred_at) VALUES ('before', 'viewer', '2025-07-30 00:00:00');
INSERT INTO usage(client_id, api, occurred_at) SELECT 'c', 'viewer', occurred_at FROM batch;
SELECT * FROM kept;
INSERT OR IGNORE INTO usage(client_id, api, occurred_at) SELECT 'c', 'viewer', occurred_at FROM batch;
SELECT * FROM kept;
INSERT OR REPLACE INTO usage(client_id, api, occurred_at) SELECT 'c', 'viewer', occurred_at FROM batch;
SELECT * FROM kept;
INSERT OR FAIL INTO usage(client_id, api, occurred_at) SELECT 'c', 'viewer', occurred_at FROM batch;
SELECT * FROM kept;
INSERT INTO usage(client_id, api, occurred_at) VALUES ('after', 'viewer', '2025-07-30 00:00:00');
COMMIT;
SELECT client_id FROM usage;

-- UPDATE: all rows or none
INSERT INTO usage(usage_id, client_id, api, quantity, occurred_at) VALUES
  (11, 'u', 'viewer', 5, '2025-07-30 00:00:00'), (12, 'u', 'viewer', 4, '2025-07-30 00:00:00'), (13, 'u', 'viewer', 3, '2025-07-30 00:00:00');
UPDATE usage SET quantity = quantity - 4 WHERE client_id = 'u';
UPDATE OR IGNORE usage SET quantity = quantity - 4 WHERE client_id = 'u';
UPDATE OR REPLACE usage SET quantity = quantity - 4 WHERE client_id = 'u';
UPDATE OR FAIL usage SET quantity = quantity - 4 WHERE client_id = 'u';
BEGIN;
UPDATE usage SET quantity = quantity - 4 WHERE client_id = 'u';
UPDATE OR FAIL usage SET quantity = quantity - 4 WHERE client_id = 'u';
COMMIT;
SELECT usage_id, quantity FROM usage WHERE client_id = 'u';

-- DELETE, and the other tables
INSERT INTO team(team_id, account_id) VALUES ('T1', 'A'), ('T2', 'A'), ('T3', 'A');
INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES ('T3', 'flex_token', 1, '2025-07-30 00:00:00');
DELETE FROM team;
SELECT count(*) FROM team;
INSERT OR IGNORE INTO team(team_id, account_id) VALUES ('T4', 'A'), ('T5', 'Z');
INSERT OR IGNORE INTO team(team_id, account_id) VALUES ('T4', 'A'), (NULL, 'A');
INSERT OR REPLACE INTO team(team_id, account_id) VALUES ('T4', 'A'), (x'00', 'A');
SELECT count(*) FROM team;

-- a repeated source_id: the one thing that OR IGNORE passes over
DELETE FROM usage;
INSERT INTO usage(client_id, api, occurred_at, source_id) VALUES ('first', 'viewer', '2025-07-30 00:00:00', 's1');
INSERT OR IGNORE INTO usage(client_id, api, occurred_at, source_id) VALUES
  ('again', 'viewer', '2025-07-30 00:00:00', 's1'), ('next', 'viewer', '2025-07-30 00:00:00', 's2');
SELECT client_id, source_id FROM usage;
INSERT INTO usage(client_id, api, occurred_at, source_id) VALUES ('again', 'viewer', '2025-07-30 00:00:00', 's1');
INSERT OR IGNORE INTO usage(client_id, api, occurred_at, source_id) VALUES ('again', 'viewer', 'never', 's1');
INSERT OR REPLACE INTO usage(client_id, api, occurred_at, source_id) VALUES ('again', 'viewer', 'never', 's1');
SELECT client_id, source_id FROM usage;
INSERT OR REPLACE INTO usage(client_id, api, occurred_at, source_id) VALUES ('again', 'viewer', '2025-07-30 00:00:00', 's1');
SELECT client_id, source_id FROM usage ORDER BY 2;
INSERT INTO usage(client_id, api, occurred_at, source_id) VALUES ('upsert', 'viewer', '2025-07-30 00:00:00', 's1')
  ON CONFLICT (source_id) DO UPDATE SET quantity = -1;
INSERT INTO usage(client_id, api, occurred_at, source_id) VALUES ('upsert', 'viewer', '2025-07-30 00:00:00', 's1')
  ON CONFLICT (source_id) DO UPDATE SET quantity = 2;
SELECT client_id, quantity FROM usage WHERE source_id = 's1';

-- the same from a trigger of the user's own
CREATE TABLE inbox(client_id TEXT, occurred_at TEXT);
CREATE TRIGGER inbox_to_usage AFTER INSERT ON inbox
BEGIN
  INSERT OR IGNORE INTO usage(client_id, api, occurred_at) VALUES (NEW.client_id, 'viewer', NEW.occurred_at);
END;
INSERT INTO inbox VALUES ('x', '2025-07-30 00:00:00'), ('y', 'never');
INSERT OR IGNORE INTO inbox VALUES ('x', '2025-07-30 00:00:00'), ('y', 'never');
SELECT count(*) FROM inbox;
SELECT count(*) FROM usage WHERE client_id IN ('x', 'y');
