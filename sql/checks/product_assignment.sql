CREATE TRIGGER IF NOT EXISTS main.product_assignment_check_insert
BEFORE INSERT ON product_assignment
BEGIN
  SELECT RAISE(ABORT, 'product_assignment: refused') WHERE NOT billing_valid_product_assignment(
    NEW.account_id, NEW.team_id, NEW.assigned_at, NEW.revoked_at,
    EXISTS (SELECT 1 FROM account WHERE account_id = NEW.account_id),
    EXISTS (SELECT 1 FROM team WHERE team_id = NEW.team_id));
END;

CREATE TRIGGER IF NOT EXISTS main.product_assignment_check_update
BEFORE UPDATE ON product_assignment
BEGIN
  SELECT RAISE(ABORT, 'product_assignment: refused') WHERE NOT billing_valid_product_assignment(
    NEW.account_id, NEW.team_id, NEW.assigned_at, NEW.revoked_at,
    EXISTS (SELECT 1 FROM account WHERE account_id = NEW.account_id),
    EXISTS (SELECT 1 FROM team WHERE team_id = NEW.team_id));
END;
