CREATE TRIGGER IF NOT EXISTS main.outcome_rule_check_insert BEFORE INSERT ON outcome_rule
BEGIN
  SELECT RAISE(ABORT, 'outcome_rule: refused') WHERE NOT billing_valid_outcome_rule(
    NEW.api, NEW.outcome, NEW.factor,
    NEW.api IN (SELECT api FROM api));
  INSERT INTO key_taken_by SELECT 'outcome_rule.outcome', NEW.outcome FROM outcome_rule
    WHERE api = NEW.api AND outcome = NEW.outcome
      AND factor IS NOT NEW.factor;
END;

CREATE TRIGGER IF NOT EXISTS main.outcome_rule_check_update BEFORE UPDATE ON outcome_rule
BEGIN
  SELECT RAISE(ABORT, 'outcome_rule: refused') WHERE NOT billing_valid_outcome_rule(
    NEW.api, NEW.outcome, NEW.factor,
    NEW.api IN (SELECT api FROM api));
END;
