-- Lots as they were when last settled.
CREATE TABLE IF NOT EXISTS main._billing_settled_lot(
  lot_id       INTEGER PRIMARY KEY,
  kind         TEXT NOT NULL,
  units        INTEGER NOT NULL,
  purchased_ms INTEGER NOT NULL,
  expires_ms   INTEGER NOT NULL,         -- the fact, or purchase + lot_term
  voided_ms    INTEGER,
  start_ms     INTEGER NOT NULL,         -- alive in [start_ms, end_ms); never when the
                                         -- start is not before the end
  end_ms       INTEGER NOT NULL,
  used_from_ms INTEGER,                  -- its first entry; NULL: it has none
  used_up_ms   INTEGER,                  -- the entry that left nothing; NULL: something is left
  late_from_ms INTEGER,                  -- of _billing_late_units: the first one, the last
  late_to_ms   INTEGER,                  -- one, all of them; NULL: there are none
  late_units   INTEGER
);
