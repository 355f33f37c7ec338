-- Rows that an INSERT OR REPLACE may be about to drop without firing a DELETE trigger.
CREATE TABLE IF NOT EXISTS main.replaced_usage(
  usage_id    INTEGER PRIMARY KEY,
  client_id   TEXT,
  occurred_at TIMESTAMP
);
