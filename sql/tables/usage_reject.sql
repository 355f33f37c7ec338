-- Rows that usage_import could not make usage, as they were given, and why. No fact: settling never
-- reads it.
CREATE TABLE IF NOT EXISTS main.usage_reject(
  reject_id   INTEGER PRIMARY KEY,
  line        INTEGER,                   -- of the file, or the number of the row in its statement
  column      TEXT,                      -- the column of usage that is refused; NULL: none in
                                         -- particular
  value,                                 -- what was given there; no type here and below: as it was
                                         -- written
  reason      TEXT NOT NULL,             -- what an INSERT into usage says
  source_id,
  client_id,
  api,
  sku,
  quantity,
  occurred_at,
  outcome,
  user_id,
  label,
  mode        TEXT                       -- 'upsert', or NULL: 'insert'
);

CREATE INDEX IF NOT EXISTS main._billing_usage_reject_source ON usage_reject(source_id)
  WHERE source_id IS NOT NULL;
