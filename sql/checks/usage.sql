-- One call for a row and no look-up: an api, a sku or a client may be unknown.
CREATE TRIGGER IF NOT EXISTS main.usage_check_insert BEFORE INSERT ON usage
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') WHERE NOT billing_valid_usage(
    NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at,
    NEW.outcome, NEW.user_id, NEW.label, NEW.source_id);
  -- See sql/triggers/usage.sql: rows that an OR REPLACE may drop, and those noted by the last insert.
  SELECT billing_note_replaced(NEW.usage_id, NEW.source_id)
  WHERE EXISTS (SELECT 1 FROM usage WHERE usage_id = NEW.usage_id)
    OR (NEW.source_id IS NOT NULL AND EXISTS (SELECT 1 FROM usage WHERE source_id = NEW.source_id))
    OR EXISTS (SELECT 1 FROM replaced_usage);
END;

CREATE TRIGGER IF NOT EXISTS main.usage_check_update BEFORE UPDATE ON usage
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') WHERE NOT billing_valid_usage(
    NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at,
    NEW.outcome, NEW.user_id, NEW.label, NEW.source_id);
END;
