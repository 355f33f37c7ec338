-- When a move counted: at its own instant, or at the close that it came too late for.
CREATE TABLE IF NOT EXISTS main._billing_settled_move(
  lot_id    INTEGER NOT NULL,
  moved_ms  INTEGER NOT NULL,
  wallet_id INTEGER NOT NULL,
  counts_ms INTEGER NOT NULL,
  PRIMARY KEY (lot_id, moved_ms)
) WITHOUT ROWID;
