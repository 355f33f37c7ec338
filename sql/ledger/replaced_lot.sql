-- Likewise for lots.
CREATE TABLE IF NOT EXISTS main.replaced_lot(
  lot_id       INTEGER PRIMARY KEY,
  team_id      TEXT,
  purchased_at TIMESTAMP
);
