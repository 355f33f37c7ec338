-- What usage that came late has paid of a lot, added up by spans of time: the entries after it were
-- not written again.
CREATE TABLE IF NOT EXISTS main._billing_late_units(
  lot_id  INTEGER NOT NULL,
  level   INTEGER NOT NULL,              -- 0: of one instant; each higher one adds up spans of the
                                         -- one below
  from_ms INTEGER NOT NULL,              -- where the span begins
  units   INTEGER NOT NULL,
  PRIMARY KEY (lot_id, level, from_ms)
) WITHOUT ROWID;
