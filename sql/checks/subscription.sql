CREATE TRIGGER IF NOT EXISTS main._billing_subscription_check_insert BEFORE INSERT ON subscription
BEGIN
  SELECT RAISE(ABORT, 'subscription: refused') WHERE NOT billing_valid_row(
    'subscription', NEW.account_id, NEW.starts_at, NEW.ends_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_check_update BEFORE UPDATE ON subscription
BEGIN
  SELECT RAISE(ABORT, 'subscription: refused') WHERE NOT billing_valid_row(
    'subscription', NEW.account_id, NEW.starts_at, NEW.ends_at);
END;
