-- The term of lots is tried on a date, and on the lots that have no end of their own.
CREATE TRIGGER IF NOT EXISTS main.policy_check_insert BEFORE INSERT ON policy
BEGIN
  SELECT RAISE(ABORT, 'policy: refused') WHERE NOT billing_valid_policy(
    NEW.name, NEW.value,
    EXISTS (SELECT 1 FROM token_kind WHERE kind = NEW.value),
    datetime('2000-01-01', NEW.value),
    NEW.name = 'lot_term' AND EXISTS (
      SELECT 1 FROM token_lot
      WHERE expires_at IS NULL AND datetime(purchased_at, NEW.value) IS NULL));
  INSERT INTO key_taken_by SELECT 'policy.name', NEW.name FROM policy
    WHERE name = NEW.name
      AND value IS NOT NEW.value;
END;

CREATE TRIGGER IF NOT EXISTS main.policy_check_update BEFORE UPDATE ON policy
BEGIN
  SELECT RAISE(ABORT, 'policy: refused') WHERE NOT billing_valid_policy(
    NEW.name, NEW.value,
    EXISTS (SELECT 1 FROM token_kind WHERE kind = NEW.value),
    datetime('2000-01-01', NEW.value),
    NEW.name = 'lot_term' AND EXISTS (
      SELECT 1 FROM token_lot
      WHERE expires_at IS NULL AND datetime(purchased_at, NEW.value) IS NULL));
END;
