-- Alerts on their way to a mailer, each there once for each recipient. Filled from billing_alert by
-- a scheduler and, while the switch 'alerts' is on, by settling; see docs/guides/alerts.md.
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
  over_at   TIMESTAMP,                   -- found to be over from then on, after it was picked up
  recipient TEXT,                        -- an address of contact; NULL: nobody is named there
  subject   TEXT,
  text      TEXT,                        -- names the team
  picked_by TEXT,                        -- the mailer that is at it
  tries     INTEGER NOT NULL DEFAULT 0,  -- how often a mailer has tried to send it
  sent_at   TIMESTAMP,
  failed    TEXT                         -- what the last try that failed said
);

CREATE INDEX IF NOT EXISTS main._billing_alert_outbox_key ON alert_outbox(team_id, alert, since);

CREATE INDEX IF NOT EXISTS main._billing_alert_outbox_open ON alert_outbox(team_id, alert)
  WHERE over_at IS NULL;

CREATE INDEX IF NOT EXISTS main._billing_alert_outbox_waiting ON alert_outbox(team_id)
  WHERE picked_at IS NULL;
