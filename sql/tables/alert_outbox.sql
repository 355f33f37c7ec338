-- Alerts on their way to a mailer, each there once. Filled from billing_alert by a scheduler and, after
-- billing_alerts(1), by settling; see docs/guides/alerts.md.
CREATE TABLE IF NOT EXISTS main.alert_outbox(
  alert_id  INTEGER PRIMARY KEY,
  team_id   TEXT,                        -- NULL: of no team
  alert     TEXT NOT NULL,
  since     TIMESTAMP NOT NULL,
  at        TIMESTAMP NOT NULL,          -- the instant that tokens and message speak of
  tokens    REAL,
  message   TEXT NOT NULL,
  title     TEXT NOT NULL,
  picked_at TIMESTAMP,                   -- NULL: waits to be picked up
  over_at   TIMESTAMP,                   -- settled as over from then on, after it was picked up
  UNIQUE (team_id, alert, since)
);

CREATE INDEX IF NOT EXISTS main._billing_alert_outbox_waiting ON alert_outbox(team_id)
  WHERE picked_at IS NULL;
