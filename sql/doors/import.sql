-- A row of usage_import that a row of usage_reject goes with: it becomes usage, in place of the one
-- that usage_id names, and the reject goes: `reject_id`, or those of its source_id up to
-- `last_reject`. The table usage_import hands it to this view, because a nested INSERT is undone as
-- a whole, a virtual table's own write is not. A reject that a trigger leaves out stays one.
CREATE VIEW IF NOT EXISTS main._billing_import(source_id, client_id, api, sku, quantity,
  occurred_at, outcome, user_id, label, usage_id, reject_id, last_reject)
  AS VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_import_insert INSTEAD OF INSERT ON _billing_import
BEGIN
  INSERT INTO usage(source_id, client_id, api, sku, quantity, occurred_at, outcome, user_id, label)
    SELECT NEW.source_id, NEW.client_id, NEW.api, NEW.sku, NEW.quantity, NEW.occurred_at,
      NEW.outcome, NEW.user_id, NEW.label
    WHERE NEW.usage_id IS NULL;
  SELECT RAISE(ABORT, 'usage: left out by a trigger of your own, RAISE(IGNORE), give a row that it takes')
    WHERE NEW.usage_id IS NULL AND changes() = 0;
  UPDATE usage SET client_id = NEW.client_id, api = NEW.api, sku = NEW.sku, quantity = NEW.quantity,
    occurred_at = NEW.occurred_at, outcome = NEW.outcome, user_id = NEW.user_id, label = NEW.label
    WHERE usage_id = NEW.usage_id;
  SELECT RAISE(ABORT, 'usage: left out by a trigger of your own, RAISE(IGNORE), give a row that it takes')
    WHERE NEW.usage_id IS NOT NULL AND changes() = 0;
  DELETE FROM usage_reject
    WHERE reject_id = NEW.reject_id OR (source_id = NEW.source_id AND reject_id <= NEW.last_reject);
END;
