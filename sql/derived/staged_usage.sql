-- Rated usage on its way to allocation; empty between calls.
CREATE TABLE IF NOT EXISTS main._billing_staged_usage(
  wallet_id   INTEGER NOT NULL,
  at_ms       INTEGER NOT NULL,
  usage_id    INTEGER NOT NULL,
  units       INTEGER NOT NULL,
  api         INTEGER NOT NULL,          -- among the apis that some kind is limited to; 0: none
  status      INTEGER NOT NULL,          -- 0: priced; else why it costs nothing
  PRIMARY KEY (wallet_id, at_ms, usage_id)
) WITHOUT ROWID;
