-- What a change of usage may touch. A new row above the mark `settled_upto` is pending by its id alone.
--
-- SQLite makes a frame as large as the trigger's program for each trigger of each row, also where WHEN
-- is false. So an insert has one trigger before it (sql/checks/usage.sql) and this one after it, and what
-- it rarely needs hangs on `taken_usage`.

CREATE TRIGGER IF NOT EXISTS main._billing_usage_mark_insert AFTER INSERT ON usage
BEGIN
  SELECT RAISE(ABORT, 'settle: refused') WHERE billing_usage_inserted(
    (SELECT stamp FROM _billing_change WHERE id = 1),
    NEW.usage_id, NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at, NEW.outcome) IS NULL;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_mark_update AFTER UPDATE OF usage_id, client_id, api, sku, quantity, occurred_at, outcome ON usage
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_pending_wallet
    SELECT w.wallet_id, billing_ms(OLD.occurred_at) FROM _billing_wallet w
    WHERE w.team_id = payer(OLD.client_id, OLD.occurred_at)
      AND OLD.usage_id <= (SELECT value FROM _billing_meta WHERE name = 'settled_upto')
      AND OLD.usage_id NOT IN _billing_pending_usage
      AND OLD.usage_id NOT IN (SELECT usage_id FROM _billing_unrated)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  DELETE FROM _billing_unrated WHERE usage_id = OLD.usage_id;
  DELETE FROM _billing_pending_usage WHERE usage_id = OLD.usage_id;
  INSERT INTO _billing_pending_usage SELECT NEW.usage_id
    WHERE NEW.usage_id <= (SELECT value FROM _billing_meta WHERE name = 'settled_upto')
    ON CONFLICT DO NOTHING;
  UPDATE _billing_change SET tick = tick + 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_mark_delete AFTER DELETE ON usage
BEGIN
  INSERT INTO _billing_pending_wallet
    SELECT w.wallet_id, billing_ms(OLD.occurred_at) FROM _billing_wallet w
    WHERE w.team_id = payer(OLD.client_id, OLD.occurred_at)
      AND OLD.usage_id <= (SELECT value FROM _billing_meta WHERE name = 'settled_upto')
      AND OLD.usage_id NOT IN _billing_pending_usage
      AND OLD.usage_id NOT IN (SELECT usage_id FROM _billing_unrated)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  DELETE FROM _billing_unrated WHERE usage_id = OLD.usage_id;
  DELETE FROM _billing_pending_usage WHERE usage_id = OLD.usage_id;
  UPDATE _billing_change SET tick = tick + 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_replace_update BEFORE UPDATE OF usage_id, source_id ON usage
WHEN EXISTS (SELECT 1 FROM usage
  WHERE (usage_id = NEW.usage_id OR source_id = NEW.source_id) AND usage_id <> OLD.usage_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM usage WHERE (usage_id = NEW.usage_id OR source_id = NEW.source_id) AND usage_id <> OLD.usage_id
    AND 2 NOT IN _billing_key_taken;
END;
