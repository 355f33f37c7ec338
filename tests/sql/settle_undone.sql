-- Autosettled usage that is undone, in whatever way: what comes next finds the tokens as they are
SELECT billing_install() > 0;
SELECT billing_autosettle(1);
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 100, '2025-01-01 00:00:00');
CREATE VIEW stored AS SELECT group_concat(usage_id || ': ' || (lot_used / 3600000), ', ') AS entries FROM (SELECT * FROM ledger_entry ORDER BY charged_ms);
CREATE VIEW next AS SELECT max(usage_id) + 1 AS usage_id, 'c' AS client_id, 'model-derivative' AS api, 'rvt' AS sku, 2 AS quantity, datetime(max(occurred_at), '+1 hour') AS occurred_at FROM usage;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (1, 'c', 'model-derivative', 'rvt', 2, '2025-02-01 00:00:00');

-- a statement: its second row is refused
BEGIN;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) SELECT * FROM next;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (3, 'c', 'model-derivative', 'rvt', 20, '2025-02-01 03:00:00'), (4, 'c', 'model-derivative', 'rvt', -1, '2025-02-01 04:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) SELECT * FROM next;
SELECT * FROM stored;
-- OR FAIL keeps the row before the one that is refused
INSERT OR FAIL INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (4, 'c', 'model-derivative', 'rvt', 4, '2025-02-01 03:00:00'), (5, 'c', 'model-derivative', 'rvt', -1, '2025-02-01 04:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) SELECT * FROM next;
SELECT * FROM stored;
-- a savepoint, also one that was opened before the first usage, and one inside another
SAVEPOINT outside;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) SELECT * FROM next;
SAVEPOINT inside;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) SELECT * FROM next;
ROLLBACK TO inside;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) SELECT * FROM next;
SELECT * FROM stored;
ROLLBACK TO outside;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) SELECT * FROM next;
RELEASE outside;
SELECT * FROM stored;
COMMIT;
-- the transaction
BEGIN;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) SELECT * FROM next;
ROLLBACK;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) SELECT * FROM next;
SELECT * FROM stored;
SAVEPOINT alone;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) SELECT * FROM next;
ROLLBACK TO alone;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) SELECT * FROM next;
RELEASE alone;
SELECT * FROM stored;
-- a row that rolls its transaction back
BEGIN;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) SELECT * FROM next;
INSERT OR ROLLBACK INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (1, 'c', 'model-derivative', 'rvt', 2, '2025-02-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) SELECT * FROM next;
SELECT * FROM stored;
SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error';
SELECT count(*) FROM usage;
