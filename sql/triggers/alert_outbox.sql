-- An alert that is there already is left out, so the same INSERT can be run at any time. Most
-- alerts are there as long as one of the team is open, however its start moves; a team may have
-- several of some, told apart by their start, or by the message where that names what they are
-- about. Rows that name their recipient come in as they are.
CREATE TRIGGER IF NOT EXISTS main._billing_alert_outbox_once BEFORE INSERT ON alert_outbox
WHEN NEW.text IS NULL AND EXISTS (
  SELECT 1 FROM alert_outbox o
  WHERE o.team_id IS NEW.team_id AND o.alert = NEW.alert
    AND (NEW.alert <> 'budget_exceeded' OR o.message = NEW.message)
    AND (o.since = NEW.since OR o.over_at IS NULL AND o.alert IN (
      'low_balance', 'negative_balance', 'uncharged_usage', 'grace_ending', 'limited',
      'unrated_usage',
      'unassigned_usage', 'trial_ending', 'subscription_ending', 'budget_exceeded')))
BEGIN
  SELECT RAISE(IGNORE) WHERE NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_alert_outbox_address AFTER INSERT ON alert_outbox
WHEN NEW.text IS NULL
BEGIN
  SELECT RAISE(ABORT, 'alert_outbox: refused')
    WHERE billing_alert_address(NEW.alert_id) IS NULL AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;
