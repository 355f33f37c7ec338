CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_check_insert BEFORE INSERT ON outcome_rule
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'outcome_rule', NEW.api, NEW.outcome, NEW.factor), NEW.outcome);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_check_update BEFORE UPDATE ON outcome_rule
BEGIN
  SELECT RAISE(ABORT, 'outcome_rule: refused') WHERE NOT billing_valid_row(
    'outcome_rule', NEW.api, NEW.outcome, NEW.factor);
END;
