-- One call for a row and no look-up: an api, a sku or a client may be unknown.
CREATE TRIGGER IF NOT EXISTS main.usage_check_insert BEFORE INSERT ON usage
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') WHERE NOT billing_valid_usage(
    NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at,
    NEW.outcome, NEW.user_id, NEW.label, NEW.source_id);
END;

CREATE TRIGGER IF NOT EXISTS main.usage_check_update BEFORE UPDATE ON usage
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') WHERE NOT billing_valid_usage(
    NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at,
    NEW.outcome, NEW.user_id, NEW.label, NEW.source_id);
END;
