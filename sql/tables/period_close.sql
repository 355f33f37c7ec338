-- What a team's ledger says of the time before closed_until is final.
CREATE TABLE IF NOT EXISTS main.period_close(
  team_id      TEXT NOT NULL,
  closed_until TIMESTAMP NOT NULL,
  PRIMARY KEY (team_id, closed_until)
) WITHOUT ROWID;
