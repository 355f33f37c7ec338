-- How a check goes. billing_valid_new() judges a new row by its columns and by what it asks of other tables; where
-- the key is taken it names it, and key_taken_by refuses what an OR IGNORE would lose. billing_valid_row()
-- judges a changed row; where rows may refer to it, it is told the old key. billing_unused() keeps a row that
-- others refer to. See ext/functions/check.c.
CREATE TRIGGER IF NOT EXISTS main._billing_account_check_insert BEFORE INSERT ON account
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'account', NEW.account_id, NEW.name, NEW.country, NEW.agreement, NEW.trial_started_at,
    NEW.trial_ended_at), NEW.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_check_update BEFORE UPDATE ON account
BEGIN
  SELECT RAISE(ABORT, 'account: refused') WHERE NOT billing_valid_row(
    'account', NEW.account_id, NEW.name, NEW.country, NEW.agreement, NEW.trial_started_at,
    NEW.trial_ended_at, OLD.account_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_check_delete BEFORE DELETE ON account
BEGIN
  SELECT RAISE(ABORT, 'account: refused') WHERE NOT billing_unused('account', OLD.account_id);
END;
