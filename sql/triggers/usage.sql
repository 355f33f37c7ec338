-- What a change of usage may touch. A new row above the mark `settled_upto` is pending by its id
-- alone.
--
-- SQLite makes a frame as large as the trigger's program for each trigger of each row, also where
-- WHEN is false. So an insert has one trigger before it, printed from ext/facts/facts.def, and this
-- one after it.

CREATE TRIGGER IF NOT EXISTS main._billing_usage_after_insert AFTER INSERT ON usage
BEGIN
  SELECT billing_usage_inserted(NEW.usage_id, NEW.client_id, NEW.api, NEW.sku, NEW.quantity,
    NEW.occurred_at,
    NEW.outcome);
END;
