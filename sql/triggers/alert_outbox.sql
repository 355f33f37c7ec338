-- An alert that is there already is left out, so the same INSERT can be run at any time. Debt that a late
-- fact dates back is the debt that was told, as long as it was not over in between.
CREATE TRIGGER IF NOT EXISTS main._billing_alert_outbox_once BEFORE INSERT ON alert_outbox
WHEN EXISTS (
  SELECT 1 FROM alert_outbox o
  WHERE o.team_id IS NEW.team_id AND o.alert = NEW.alert AND (
    o.since = NEW.since
    OR o.since > NEW.since AND o.picked_at IS NOT NULL AND o.over_at IS NULL
      AND o.alert IN ('negative_balance', 'uncharged_usage', 'limited')))
BEGIN
  SELECT RAISE(IGNORE) WHERE NOT EXISTS (SELECT 1 FROM _billing_main);
END;
