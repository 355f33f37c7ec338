-- The names that settled usage of a closed period was shown by, where an alias has changed since.
CREATE TABLE IF NOT EXISTS main._billing_closed_name(
  usage_id INTEGER PRIMARY KEY,
  api      TEXT NOT NULL,
  sku      TEXT
);
