CREATE TRIGGER IF NOT EXISTS main.account_check_insert BEFORE INSERT ON account
BEGIN
  SELECT RAISE(ABORT, 'account: refused') WHERE NOT billing_valid_account(
    NEW.account_id, NEW.name, NEW.country, NEW.agreement, NEW.trial_started_at,
    NEW.trial_ended_at);
  INSERT INTO key_taken_by SELECT 'account.account_id', NEW.account_id FROM account
    WHERE account_id = NEW.account_id
      AND (name, country, agreement, trial_started_at, trial_ended_at)
      IS NOT (NEW.name, NEW.country, NEW.agreement, NEW.trial_started_at, NEW.trial_ended_at);
END;

CREATE TRIGGER IF NOT EXISTS main.account_check_update BEFORE UPDATE ON account
BEGIN
  INSERT INTO unused_account SELECT OLD.account_id WHERE NEW.account_id IS NOT OLD.account_id;
  SELECT RAISE(ABORT, 'account: refused') WHERE NOT billing_valid_account(
    NEW.account_id, NEW.name, NEW.country, NEW.agreement, NEW.trial_started_at,
    NEW.trial_ended_at);
END;

CREATE TRIGGER IF NOT EXISTS main.account_check_delete BEFORE DELETE ON account
BEGIN
  INSERT INTO unused_account VALUES (OLD.account_id);
END;
