-- Usage that arrives late, autosettled row by row: the ledger of one settle()
SELECT billing_install() > 0;
SELECT billing_autosettle(1);
INSERT INTO account(account_id, country) VALUES ('A', 'JP');
INSERT INTO team(team_id, account_id) VALUES ('T', 'A');
INSERT INTO app(client_id, account_id) VALUES ('c', 'A');
-- what each entry leaves its lot with, whatever came late
CREATE VIEW entry AS SELECT lot_id, charged_ms, sum(units) OVER (PARTITION BY lot_id ORDER BY charged_ms, lot_used) AS paid, usage_id, units, part, is_offset FROM ledger_entry;
CREATE VIEW stored AS SELECT usage_id, lot_id, charged_at, tokens, (SELECT paid / 3600000.0 FROM entry e WHERE e.lot_id = l.lot_id AND e.usage_id = l.usage_id) AS paid FROM ledger l ORDER BY lot_id, charged_at, paid;
-- everything again from the facts alone, and what that changes: nothing
CREATE TABLE before AS SELECT * FROM entry WHERE 0;
CREATE TABLE step(name TEXT);
CREATE TRIGGER again AFTER INSERT ON step BEGIN
  DELETE FROM before;
  INSERT INTO before SELECT * FROM entry;
  INSERT OR REPLACE INTO _billing_pending_wallet VALUES (0, -62167219200000);
  SELECT settle();
END;
CREATE VIEW changed AS SELECT (SELECT name FROM step) AS step, (SELECT count(*) FROM before) AS entries, (SELECT count(*) FROM (SELECT * FROM before EXCEPT SELECT * FROM entry)) + (SELECT count(*) FROM (SELECT * FROM entry EXCEPT SELECT * FROM before)) AS changed;

-- two lots; the first one is drawn before the second
INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES (1, 'T', 'flex_token', 10, '2025-01-01 00:00:00'), (2, 'T', 'flex_token', 10, '2025-02-01 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (10, 'c', 'model-derivative', 'rvt', 2, '2025-02-10 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (11, 'c', 'model-derivative', 'rvt', 2, '2025-02-12 00:00:00');
-- late: before both, between them
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (12, 'c', 'model-derivative', 'rvt', 4, '2025-01-10 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (13, 'c', 'model-derivative', 'rvt', 4, '2025-02-11 00:00:00');
SELECT * FROM stored;
INSERT INTO step VALUES ('late'); SELECT * FROM changed; DELETE FROM step;
-- at the instant of one that is there, with a greater id and with a smaller one
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (14, 'c', 'model-derivative', 'rvt', 1, '2025-02-11 00:00:00');
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (5, 'c', 'model-derivative', 'rvt', 1, '2025-02-11 00:00:00');
SELECT * FROM stored;
INSERT INTO step VALUES ('same instant'); SELECT * FROM changed; DELETE FROM step;
-- as much as is left, exactly; what comes then, in the same statement, is paid by the next lot
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (15, 'c', 'model-derivative', 'rvt', 6, '2025-01-20 00:00:00'),
  (16, 'c', 'model-derivative', 'rvt', 2, '2025-02-20 00:00:00');
SELECT * FROM stored;
INSERT INTO step VALUES ('all that is left'); SELECT * FROM changed; DELETE FROM step;
-- more than is left: usage that comes after it goes on to the next lot, and at last is not paid
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (17, 'c', 'model-derivative', 'rvt', 2, '2025-01-21 00:00:00');
SELECT * FROM stored;
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (18, 'c', 'model-derivative', 'rvt', 18, '2025-02-15 00:00:00');
SELECT usage_id, uncharged FROM uncharged_usage WHERE at = '2025-03-01 00:00:00' ORDER BY usage_id;
INSERT INTO step VALUES ('more than is left'); SELECT * FROM changed; DELETE FROM step;
-- before the first lot: debt, until the lot comes
INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES (19, 'c', 'model-derivative', 'rvt', 2, '2024-12-31 00:00:00');
SELECT * FROM stored WHERE usage_id = 19;
INSERT INTO step VALUES ('before the lots'); SELECT * FROM changed; DELETE FROM step;
SELECT severity, rule, subject, detail FROM billing_check WHERE severity = 'error';
