-- Which wallet holds a lot, and when.
CREATE TABLE IF NOT EXISTS main._billing_holding(
  wallet_id INTEGER NOT NULL,
  lot_id    INTEGER NOT NULL,
  from_ms   INTEGER NOT NULL,            -- purchase or move in
  to_ms     INTEGER NOT NULL,            -- move out, or the largest integer
  PRIMARY KEY (wallet_id, lot_id, from_ms)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS main._billing_holding_by_lot ON _billing_holding(lot_id, from_ms);
