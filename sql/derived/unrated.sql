-- Usage that no payer or no rate covers.
CREATE TABLE IF NOT EXISTS main._billing_unrated(
  usage_id INTEGER PRIMARY KEY,
  reason   TEXT NOT NULL                 -- 'unrated' 'unassigned'
);
