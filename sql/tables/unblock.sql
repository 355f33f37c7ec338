-- Support lifts a block.
CREATE TABLE IF NOT EXISTS main.unblock(
  team_id      TEXT NOT NULL,
  unblocked_at TIMESTAMP NOT NULL,
  note         TEXT
);
