-- What a scheduler runs every hour or every day: grace ends, lots lapse and trials end without
-- anything being written. It can be run at any time and as often as you like:
--   sqlite3 -cmd '.load /path/to/billing' my.db '.read alerts_due.sql'
-- Set :at to run it as of another instant; not set, it is now.
BEGIN IMMEDIATE;

CREATE TEMP TABLE due AS
  SELECT team_id, alert, since, at, tokens, message, title FROM billing_alert
  WHERE at = utc(ifnull(:at, strftime('%Y-%m-%d %H:%M:%f', 'now')));

CREATE TEMP TABLE due_kind(alert, tells_by);
INSERT INTO temp.due_kind VALUES
  ('low_balance', NULL), ('negative_balance', NULL), ('uncharged_usage', NULL),
  ('grace_ending', NULL), ('limited', NULL), ('unrated_usage', NULL), ('unassigned_usage', NULL),
  ('trial_ending', NULL), ('subscription_ending', NULL), ('lots_lapsing', 'since'),
  ('unusual_spend', 'since'), ('budget_exceeded', 'message');

-- The rows of the outbox that are open, with what holds now of the same: NULL where nothing does.
CREATE TEMP TABLE due_open AS
  SELECT o.alert_id, o.picked_at IS NOT NULL AS picked, d.rowid AS due
  FROM alert_outbox o JOIN temp.due_kind k ON k.alert = o.alert
  LEFT JOIN temp.due d ON d.team_id IS o.team_id AND d.alert = o.alert
    AND (k.tells_by IS NULL OR k.tells_by = 'since' AND d.since = o.since
      OR k.tells_by = 'message' AND d.message = o.message)
  WHERE o.over_at IS NULL;

-- What is over before anybody picked it up is withdrawn; what was picked up is over.
DELETE FROM alert_outbox
  WHERE alert_id IN (SELECT alert_id FROM temp.due_open WHERE due IS NULL AND NOT picked);
UPDATE alert_outbox SET over_at = max(since, utc(ifnull(:at, strftime('%Y-%m-%d %H:%M:%f', 'now'))))
  WHERE alert_id IN (SELECT alert_id FROM temp.due_open WHERE due IS NULL AND picked);

-- It holds again since the same instant: it was not over after all.
UPDATE alert_outbox SET over_at = NULL
  WHERE over_at IS NOT NULL AND EXISTS (SELECT 1 FROM temp.due d
    WHERE d.team_id IS alert_outbox.team_id
    AND d.alert = alert_outbox.alert AND d.since = alert_outbox.since
    AND (d.alert <> 'budget_exceeded' OR d.message = alert_outbox.message));

-- What is there already is left out.
INSERT INTO alert_outbox(team_id, alert, since, at, tokens, message, title)
  SELECT team_id, alert, since, at, tokens, message, title FROM temp.due;

DROP TABLE temp.due_open;
DROP TABLE temp.due_kind;
DROP TABLE temp.due;
COMMIT;
