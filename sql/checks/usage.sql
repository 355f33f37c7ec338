-- One call for a row and no look-up: an api, a sku or a client may be unknown.
CREATE TRIGGER IF NOT EXISTS main.usage_check_insert BEFORE INSERT ON usage
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') WHERE NOT billing_valid_usage(
    NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at,
    NEW.outcome, NEW.user_id, NEW.label, NEW.source_id);
  -- Rows that an OR REPLACE may drop: see sql/triggers/usage.sql.
  SELECT billing_note_replaced(NEW.usage_id, NEW.source_id)
  WHERE EXISTS (SELECT 1 FROM usage WHERE usage_id = NEW.usage_id)
    OR (NEW.source_id IS NOT NULL AND EXISTS (SELECT 1 FROM usage WHERE source_id = NEW.source_id));
END;

CREATE TRIGGER IF NOT EXISTS main.usage_check_update BEFORE UPDATE ON usage
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') WHERE NOT billing_valid_usage(
    NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at,
    NEW.outcome, NEW.user_id, NEW.label, NEW.source_id);
END;
