CREATE TRIGGER IF NOT EXISTS main._billing_policy_check_insert BEFORE INSERT ON policy
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new('policy', NEW.name, NEW.value), NEW.name);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_check_update BEFORE UPDATE ON policy
BEGIN
  SELECT RAISE(ABORT, 'policy: refused') WHERE NOT billing_valid_row('policy', NEW.name, NEW.value);
END;
