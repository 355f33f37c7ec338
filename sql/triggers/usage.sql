-- What a change of usage may touch. A new row above the mark `settled_upto` is pending by its id alone.
-- OR REPLACE drops rows without firing DELETE triggers: they are noted before and looked for after. What
-- was noted for an insert means nothing any more once that row has arrived; an update drops it first.
--
-- SQLite makes a frame as large as the trigger's program for each trigger of each row, also where WHEN
-- is false. So an insert has one trigger before it (sql/checks/usage.sql) and this one after it, and what
-- it rarely needs hangs on `replaced_usage`.

CREATE TRIGGER IF NOT EXISTS main.usage_mark_insert AFTER INSERT ON usage
BEGIN
  SELECT RAISE(ABORT, 'settle: refused') WHERE billing_usage_arrived(
    (SELECT stamp FROM billing_change WHERE id = 1),
    NEW.usage_id, NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at, NEW.outcome) IS NULL;
END;

CREATE TRIGGER IF NOT EXISTS main.usage_mark_update AFTER UPDATE OF usage_id, client_id, api, sku, quantity, occurred_at, outcome ON usage
BEGIN
  INSERT INTO pending_wallet
    SELECT w.wallet_id, billing_ms(OLD.occurred_at) FROM wallet w
    WHERE w.team_id = payer(OLD.client_id, OLD.occurred_at)
      AND OLD.usage_id <= (SELECT value FROM billing_meta WHERE name = 'settled_upto')
      AND OLD.usage_id NOT IN pending_usage
      AND OLD.usage_id NOT IN (SELECT usage_id FROM unrated)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  DELETE FROM unrated WHERE usage_id = OLD.usage_id;
  DELETE FROM pending_usage WHERE usage_id = OLD.usage_id;
  INSERT INTO pending_usage SELECT NEW.usage_id
    WHERE NEW.usage_id <= (SELECT value FROM billing_meta WHERE name = 'settled_upto')
    ON CONFLICT DO NOTHING;
  UPDATE billing_change SET tick = tick + 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.usage_mark_delete AFTER DELETE ON usage
BEGIN
  INSERT INTO pending_wallet
    SELECT w.wallet_id, billing_ms(OLD.occurred_at) FROM wallet w
    WHERE w.team_id = payer(OLD.client_id, OLD.occurred_at)
      AND OLD.usage_id <= (SELECT value FROM billing_meta WHERE name = 'settled_upto')
      AND OLD.usage_id NOT IN pending_usage
      AND OLD.usage_id NOT IN (SELECT usage_id FROM unrated)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  DELETE FROM unrated WHERE usage_id = OLD.usage_id;
  DELETE FROM pending_usage WHERE usage_id = OLD.usage_id;
  UPDATE billing_change SET tick = tick + 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.usage_replace_update BEFORE UPDATE OF usage_id, source_id ON usage
BEGIN
  SELECT billing_note_replaced(
    CASE WHEN NEW.usage_id <> OLD.usage_id THEN NEW.usage_id END,
    CASE WHEN NEW.source_id IS NOT OLD.source_id THEN NEW.source_id END)
  WHERE EXISTS (SELECT 1 FROM usage WHERE usage_id = NEW.usage_id AND usage_id <> OLD.usage_id)
    OR EXISTS (SELECT 1 FROM usage WHERE source_id = NEW.source_id AND usage_id <> OLD.usage_id)
    OR EXISTS (SELECT 1 FROM replaced_usage);
END;

CREATE TRIGGER IF NOT EXISTS main.usage_replaced_update AFTER UPDATE OF usage_id, source_id ON usage
WHEN EXISTS (SELECT 1 FROM replaced_usage)
BEGIN
  UPDATE replaced_usage SET replaced_by = NEW.usage_id;
END;

CREATE TRIGGER IF NOT EXISTS main.replaced_usage_gone AFTER UPDATE OF replaced_by ON replaced_usage
WHEN NEW.usage_id = NEW.replaced_by OR NOT EXISTS (SELECT 1 FROM usage WHERE usage_id = NEW.usage_id)
BEGIN
  SELECT RAISE(ABORT, 'usage: refused')
    WHERE NEW.kept AND NOT billing_keep_refused('usage.usage_id', NEW.usage_id);
  INSERT INTO pending_wallet
    SELECT w.wallet_id, billing_ms(NEW.occurred_at) FROM wallet w
    WHERE w.team_id = payer(NEW.client_id, NEW.occurred_at)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  DELETE FROM unrated WHERE usage_id = NEW.usage_id AND NEW.usage_id <> NEW.replaced_by;
  DELETE FROM pending_usage WHERE usage_id = NEW.usage_id AND NEW.usage_id <> NEW.replaced_by;
  INSERT INTO pending_usage SELECT NEW.replaced_by
    WHERE NEW.replaced_by <= (SELECT value FROM billing_meta WHERE name = 'settled_upto')
    ON CONFLICT DO NOTHING;
  UPDATE billing_change SET tick = tick + 1 WHERE id = 1;
END;
