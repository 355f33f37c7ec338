-- Rows that an INSERT OR REPLACE may be about to drop without firing a DELETE trigger.
CREATE TABLE IF NOT EXISTS main.replaced_usage(
  usage_id    INTEGER PRIMARY KEY,
  client_id   TEXT,
  occurred_at TIMESTAMP,
  kept        INTEGER NOT NULL DEFAULT 0, -- 1: settled in a closed period
  replaced_by INTEGER                    -- the row whose insert or update has just ended
);
