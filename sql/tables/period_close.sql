-- What a team's ledger says of the time before closed_until is final. Not supported yet.
CREATE TABLE IF NOT EXISTS period_close(
  team_id      TEXT NOT NULL,
  closed_until TIMESTAMP NOT NULL
);
