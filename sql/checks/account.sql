CREATE TRIGGER IF NOT EXISTS main.account_check_insert BEFORE INSERT ON account
BEGIN
  SELECT RAISE(ABORT, 'account: refused') WHERE NOT billing_valid_account(
    NEW.account_id, NEW.name, NEW.country, NEW.agreement, NEW.trial_started_at,
    NEW.trial_ended_at);
END;

CREATE TRIGGER IF NOT EXISTS main.account_check_update BEFORE UPDATE ON account
BEGIN
  SELECT RAISE(ABORT, 'account: refused') WHERE NOT billing_valid_account(
    NEW.account_id, NEW.name, NEW.country, NEW.agreement, NEW.trial_started_at,
    NEW.trial_ended_at);
END;

CREATE TRIGGER IF NOT EXISTS main.account_check_rename BEFORE UPDATE ON account
WHEN NEW.account_id IS NOT OLD.account_id
BEGIN
  SELECT RAISE(ABORT, 'account: refused') WHERE NOT billing_unused(
    'account.account_id', OLD.account_id,
    CASE
      WHEN EXISTS (SELECT 1 FROM team WHERE account_id = OLD.account_id) THEN 'team'
      WHEN EXISTS (SELECT 1 FROM app WHERE account_id = OLD.account_id) THEN 'app'
      WHEN EXISTS (SELECT 1 FROM product_assignment WHERE account_id = OLD.account_id)
        THEN 'product_assignment'
      WHEN EXISTS (SELECT 1 FROM subscription WHERE account_id = OLD.account_id) THEN 'subscription'
    END);
END;

CREATE TRIGGER IF NOT EXISTS main.account_check_delete BEFORE DELETE ON account
BEGIN
  SELECT RAISE(ABORT, 'account: refused') WHERE NOT billing_unused(
    'account.account_id', OLD.account_id,
    CASE
      WHEN EXISTS (SELECT 1 FROM team WHERE account_id = OLD.account_id) THEN 'team'
      WHEN EXISTS (SELECT 1 FROM app WHERE account_id = OLD.account_id) THEN 'app'
      WHEN EXISTS (SELECT 1 FROM product_assignment WHERE account_id = OLD.account_id)
        THEN 'product_assignment'
      WHEN EXISTS (SELECT 1 FROM subscription WHERE account_id = OLD.account_id) THEN 'subscription'
    END);
END;
