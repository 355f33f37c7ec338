CREATE TRIGGER IF NOT EXISTS main.subscription_check_insert BEFORE INSERT ON subscription
BEGIN
  SELECT RAISE(ABORT, 'subscription: refused') WHERE NOT billing_valid_subscription(
    NEW.account_id, NEW.starts_at, NEW.ends_at,
    NEW.account_id IN (SELECT account_id FROM account));
END;

CREATE TRIGGER IF NOT EXISTS main.subscription_check_update BEFORE UPDATE ON subscription
BEGIN
  SELECT RAISE(ABORT, 'subscription: refused') WHERE NOT billing_valid_subscription(
    NEW.account_id, NEW.starts_at, NEW.ends_at,
    NEW.account_id IN (SELECT account_id FROM account));
END;
