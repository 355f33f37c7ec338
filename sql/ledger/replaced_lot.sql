-- Likewise for lots.
CREATE TABLE IF NOT EXISTS main.replaced_lot(
  lot_id       INTEGER PRIMARY KEY,
  team_id      TEXT,
  purchased_at TIMESTAMP,
  kept         INTEGER NOT NULL DEFAULT 0, -- 1: settled in a closed period
  replaced_by  INTEGER                   -- the lot whose insert or update has just ended
);
