-- INSERT INTO _billing_keep_policy refuses a change of a policy that an instant before a close is read by. Grace,
-- trial, the term of lots and restore are stored by settling: a change counts from the close on.
CREATE VIEW IF NOT EXISTS main._billing_keep_policy(name) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_keep_policy_insert INSTEAD OF INSERT ON _billing_keep_policy
WHEN NEW.name IN ('low_balance_tokens', 'lapse_notice_days', 'ending_notice_days', 'min_purchase_tokens', 'red_percent',
  'unusual_spend_tokens', 'unusual_spend_factor', 'forecast_days', 'flex_kind', 'credit_kind')
BEGIN
  SELECT RAISE(ABORT, 'policy: refused') WHERE billing_keep_reading('policy.name', NEW.name,
    CASE WHEN NEW.name IN ('flex_kind', 'credit_kind') THEN 're-open the closed periods first'
    ELSE 'insert it into policy_change from ''' || (SELECT max(closed_until) FROM period_close) || ''' on' END);
END;
