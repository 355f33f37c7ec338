-- Notices of what ends that a team had in its closed periods, in [from_ms, to_ms): written by the
-- close.
CREATE TABLE IF NOT EXISTS main._billing_closed_notice(
  wallet_id INTEGER NOT NULL,
  alert     TEXT NOT NULL,               -- trial_ending, subscription_ending
  from_ms   INTEGER NOT NULL,
  to_ms     INTEGER NOT NULL,
  end_ms    INTEGER NOT NULL,
  PRIMARY KEY (wallet_id, alert, from_ms)
) WITHOUT ROWID;
