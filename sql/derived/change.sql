-- One row. `stamp` is random: a rolled-back stamp never comes again, so equal stamps mean equal facts.
CREATE TABLE IF NOT EXISTS main._billing_change(
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  stamp INTEGER NOT NULL,                -- facts other than usage
  tick  INTEGER NOT NULL DEFAULT 0,      -- counts changes of usage
  retry INTEGER NOT NULL DEFAULT 0       -- 1: what is unrated may have found its payer or rate
);

INSERT OR IGNORE INTO main._billing_change(id, stamp) VALUES (1, 0);
