-- One call for a row: an api, a sku or a client may be unknown. It also notes which of the row's keys another
-- row has (usage_id -1: it has none yet). That a second function tells, for SQLite calls a function before it
-- opens a cursor; what is to do then is in sql/doors/taken_usage.sql.
CREATE TRIGGER IF NOT EXISTS main._billing_usage_check_insert BEFORE INSERT ON usage
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') WHERE NOT billing_valid_usage(
    NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at,
    NEW.outcome, NEW.user_id, NEW.label, NEW.source_id,
    CASE WHEN NEW.usage_id <> -1 AND NEW.usage_id IN (SELECT usage_id FROM usage) THEN NEW.usage_id
      WHEN NEW.source_id IS NOT NULL AND NEW.source_id IN (SELECT source_id FROM usage)
      THEN NEW.source_id END);
  UPDATE _billing_taken_usage SET usage_id = NEW.usage_id, source_id = NEW.source_id
    WHERE usage_id = -1 AND billing_key_taken(NEW.usage_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_check_update BEFORE UPDATE ON usage
BEGIN
  SELECT RAISE(ABORT, 'usage: refused') WHERE NOT billing_valid_usage(
    NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at,
    NEW.outcome, NEW.user_id, NEW.label, NEW.source_id, NULL);
END;
