-- Likewise for a move, while periods are closed.
CREATE TABLE IF NOT EXISTS main.replaced_move(
  lot_id  INTEGER PRIMARY KEY,
  team_id TEXT
);
