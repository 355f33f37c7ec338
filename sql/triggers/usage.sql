-- What a change of usage may touch. A new row above the mark `settled_upto` is pending by its id alone.
-- OR REPLACE drops rows without firing DELETE triggers: they are noted before and looked for after. What
-- is noted stays until the next insert, so that all triggers of one row see it, in whatever order.

-- Not with autosettle, when the mark is the largest integer: the row is settled at once then.
CREATE TRIGGER IF NOT EXISTS main.usage_mark_insert AFTER INSERT ON usage
WHEN (SELECT value FROM billing_meta WHERE name = 'settled_upto')
  BETWEEN NEW.usage_id AND 9223372036854775806
BEGIN
  INSERT INTO pending_usage VALUES (NEW.usage_id) ON CONFLICT DO NOTHING;
  UPDATE billing_change SET tick = tick + 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.usage_mark_update AFTER UPDATE OF usage_id, client_id, api, sku, quantity, occurred_at, outcome ON usage
BEGIN
  INSERT INTO pending_wallet
    SELECT w.wallet_id, billing_ms(OLD.occurred_at) FROM wallet w
    WHERE w.team_id = payer(OLD.client_id, OLD.occurred_at)
      AND OLD.usage_id <= (SELECT value FROM billing_meta WHERE name = 'settled_upto')
      AND NOT EXISTS (SELECT 1 FROM pending_usage WHERE usage_id = OLD.usage_id)
      AND NOT EXISTS (SELECT 1 FROM unrated WHERE usage_id = OLD.usage_id)
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
      AND NOT EXISTS (SELECT 1 FROM pending_usage WHERE usage_id = OLD.usage_id)
      AND NOT EXISTS (SELECT 1 FROM unrated WHERE usage_id = OLD.usage_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  DELETE FROM unrated WHERE usage_id = OLD.usage_id;
  DELETE FROM pending_usage WHERE usage_id = OLD.usage_id;
  UPDATE billing_change SET tick = tick + 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.usage_replace_insert BEFORE INSERT ON usage
WHEN EXISTS (SELECT 1 FROM usage WHERE usage_id = NEW.usage_id)
  OR EXISTS (SELECT 1 FROM usage WHERE source_id = NEW.source_id)
  OR EXISTS (SELECT 1 FROM replaced_usage)
BEGIN
  DELETE FROM replaced_usage;
  INSERT INTO replaced_usage
    SELECT usage_id, client_id, occurred_at FROM usage WHERE usage_id = NEW.usage_id
    UNION SELECT usage_id, client_id, occurred_at FROM usage WHERE source_id = NEW.source_id;
  DELETE FROM kept_row;
  INSERT INTO kept_row SELECT usage_id FROM replaced_usage
    WHERE CASE WHEN EXISTS (SELECT 1 FROM period_close)
      THEN billing_keep_held_usage(usage_id, client_id, occurred_at) END;
END;

CREATE TRIGGER IF NOT EXISTS main.usage_replace_update BEFORE UPDATE OF usage_id, source_id ON usage
WHEN EXISTS (SELECT 1 FROM usage WHERE usage_id = NEW.usage_id AND usage_id <> OLD.usage_id)
  OR EXISTS (SELECT 1 FROM usage WHERE source_id = NEW.source_id AND usage_id <> OLD.usage_id)
  OR EXISTS (SELECT 1 FROM replaced_usage)
BEGIN
  DELETE FROM replaced_usage;
  INSERT INTO replaced_usage
    SELECT usage_id, client_id, occurred_at FROM usage WHERE usage_id = NEW.usage_id AND usage_id <> OLD.usage_id
    UNION SELECT usage_id, client_id, occurred_at FROM usage WHERE source_id = NEW.source_id AND usage_id <> OLD.usage_id;
  DELETE FROM kept_row;
  INSERT INTO kept_row SELECT usage_id FROM replaced_usage
    WHERE CASE WHEN EXISTS (SELECT 1 FROM period_close)
      THEN billing_keep_held_usage(usage_id, client_id, occurred_at) END;
END;

CREATE TRIGGER IF NOT EXISTS main.usage_replaced_insert AFTER INSERT ON usage
WHEN EXISTS (SELECT 1 FROM replaced_usage)
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') FROM kept_row k
    WHERE CASE WHEN k.id = NEW.usage_id OR NOT EXISTS (SELECT 1 FROM usage u WHERE u.usage_id = k.id)
      THEN NOT billing_keep_refused('usage.usage_id', k.id) END;
  INSERT INTO pending_wallet
    SELECT w.wallet_id, billing_ms(r.occurred_at) FROM replaced_usage r JOIN wallet w
      ON w.team_id = payer(r.client_id, r.occurred_at)
    WHERE r.usage_id = NEW.usage_id OR NOT EXISTS (SELECT 1 FROM usage u WHERE u.usage_id = r.usage_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  DELETE FROM unrated WHERE usage_id IN (SELECT r.usage_id FROM replaced_usage r
    WHERE NOT EXISTS (SELECT 1 FROM usage u WHERE u.usage_id = r.usage_id));
  DELETE FROM pending_usage WHERE usage_id IN (SELECT r.usage_id FROM replaced_usage r
    WHERE NOT EXISTS (SELECT 1 FROM usage u WHERE u.usage_id = r.usage_id));
  INSERT INTO pending_usage SELECT NEW.usage_id
    WHERE NEW.usage_id <= (SELECT value FROM billing_meta WHERE name = 'settled_upto')
    ON CONFLICT DO NOTHING;
  UPDATE billing_change SET tick = tick + 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.usage_replaced_update AFTER UPDATE OF usage_id, source_id ON usage
WHEN EXISTS (SELECT 1 FROM replaced_usage)
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') FROM kept_row k
    WHERE CASE WHEN k.id = NEW.usage_id OR NOT EXISTS (SELECT 1 FROM usage u WHERE u.usage_id = k.id)
      THEN NOT billing_keep_refused('usage.usage_id', k.id) END;
  INSERT INTO pending_wallet
    SELECT w.wallet_id, billing_ms(r.occurred_at) FROM replaced_usage r JOIN wallet w
      ON w.team_id = payer(r.client_id, r.occurred_at)
    WHERE r.usage_id = NEW.usage_id OR NOT EXISTS (SELECT 1 FROM usage u WHERE u.usage_id = r.usage_id)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  DELETE FROM unrated WHERE usage_id IN (SELECT r.usage_id FROM replaced_usage r
    WHERE NOT EXISTS (SELECT 1 FROM usage u WHERE u.usage_id = r.usage_id));
  DELETE FROM pending_usage WHERE usage_id IN (SELECT r.usage_id FROM replaced_usage r
    WHERE NOT EXISTS (SELECT 1 FROM usage u WHERE u.usage_id = r.usage_id));
  INSERT INTO pending_usage SELECT NEW.usage_id
    WHERE NEW.usage_id <= (SELECT value FROM billing_meta WHERE name = 'settled_upto')
    ON CONFLICT DO NOTHING;
  UPDATE billing_change SET tick = tick + 1 WHERE id = 1;
END;
