CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_check_insert BEFORE INSERT ON policy_change
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'policy_change', NEW.name, NEW.value, NEW.effective_from), NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_check_update BEFORE UPDATE ON policy_change
BEGIN
  SELECT RAISE(ABORT, 'policy_change: refused') WHERE NOT billing_valid_row(
    'policy_change', NEW.name, NEW.value, NEW.effective_from);
END;
