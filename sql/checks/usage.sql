-- One call for a row and no look-up: an api, a sku or a client may be unknown.
-- Rows that an OR REPLACE may drop are noted, see sql/triggers/usage.sql; and whether an OR IGNORE would lose the
-- new one, see sql/ledger/key_taken.sql. What that view does stands here once more: every row pays for it.
CREATE TRIGGER IF NOT EXISTS main.usage_check_insert BEFORE INSERT ON usage
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') WHERE NOT billing_valid_usage(
    NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at,
    NEW.outcome, NEW.user_id, NEW.label, NEW.source_id);
  SELECT billing_note_replaced(NEW.usage_id, NEW.source_id, NEW.client_id, NEW.api, NEW.sku, NEW.quantity,
    NEW.occurred_at, NEW.outcome, NEW.user_id, NEW.label)
  WHERE EXISTS (SELECT 1 FROM usage WHERE usage_id = NEW.usage_id)
    OR (NEW.source_id IS NOT NULL AND EXISTS (SELECT 1 FROM usage WHERE source_id = NEW.source_id));
  UPDATE OR REPLACE key_taken SET id = 1 WHERE id = 2 AND billing_may_lose(NEW.usage_id);
  SELECT RAISE(ABORT, 'usage: refused') WHERE billing_may_lose(NEW.usage_id)
    AND (SELECT count(*) FROM key_taken) = 2 AND NOT billing_keep_row('usage.usage_id', NEW.usage_id);
END;

CREATE TRIGGER IF NOT EXISTS main.usage_check_update BEFORE UPDATE ON usage
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') WHERE NOT billing_valid_usage(
    NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at,
    NEW.outcome, NEW.user_id, NEW.label, NEW.source_id);
END;
