CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_check_insert BEFORE INSERT ON account_agreement
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'account_agreement', NEW.account_id, NEW.agreement, NEW.starts_at), NEW.starts_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_check_update BEFORE UPDATE ON account_agreement
BEGIN
  SELECT RAISE(ABORT, 'account_agreement: refused') WHERE NOT billing_valid_row(
    'account_agreement', NEW.account_id, NEW.agreement, NEW.starts_at);
END;
