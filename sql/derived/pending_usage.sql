-- Usage to rate at the next settle(), beside all above the mark.
CREATE TABLE IF NOT EXISTS main._billing_pending_usage(
  usage_id INTEGER PRIMARY KEY
);
