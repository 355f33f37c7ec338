CREATE TRIGGER IF NOT EXISTS main.product_assignment_check_insert
BEFORE INSERT ON product_assignment
BEGIN
  SELECT RAISE(ABORT, 'product_assignment: refused') WHERE NOT billing_valid_product_assignment(
    NEW.account_id, NEW.team_id, NEW.assigned_at, NEW.revoked_at,
    NEW.account_id IN (SELECT account_id FROM account),
    NEW.team_id IN (SELECT team_id FROM team));
  INSERT INTO key_taken_by SELECT 'product_assignment.assigned_at', NEW.assigned_at FROM product_assignment
    WHERE account_id = NEW.account_id AND assigned_at = NEW.assigned_at
      AND (team_id, revoked_at)
      IS NOT (NEW.team_id, NEW.revoked_at);
END;

CREATE TRIGGER IF NOT EXISTS main.product_assignment_check_update
BEFORE UPDATE ON product_assignment
BEGIN
  SELECT RAISE(ABORT, 'product_assignment: refused') WHERE NOT billing_valid_product_assignment(
    NEW.account_id, NEW.team_id, NEW.assigned_at, NEW.revoked_at,
    NEW.account_id IN (SELECT account_id FROM account),
    NEW.team_id IN (SELECT team_id FROM team));
END;
