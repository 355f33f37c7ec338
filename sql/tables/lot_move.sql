-- From moved_at on the whole remainder of the lot is another team's.
CREATE TABLE IF NOT EXISTS main.lot_move(
  lot_id   INTEGER NOT NULL,
  team_id  TEXT NOT NULL,
  moved_at TIMESTAMP NOT NULL,
  PRIMARY KEY (lot_id, moved_at)
);

CREATE INDEX IF NOT EXISTS main._billing_lot_move_by_team ON lot_move(team_id);
