-- The life of a lot as it was known at a close, where a later fact has changed it: what is read
-- before closed_ms.
CREATE TABLE IF NOT EXISTS main._billing_closed_lot(
  lot_id     INTEGER NOT NULL,
  closed_ms  INTEGER NOT NULL,
  start_ms   INTEGER NOT NULL,
  end_ms     INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  voided_ms  INTEGER,
  PRIMARY KEY (lot_id, closed_ms)
) WITHOUT ROWID;
