CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_check_insert BEFORE INSERT ON product_assignment
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'product_assignment', NEW.account_id, NEW.team_id, NEW.assigned_at, NEW.revoked_at), NEW.assigned_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_check_update BEFORE UPDATE ON product_assignment
BEGIN
  SELECT RAISE(ABORT, 'product_assignment: refused') WHERE NOT billing_valid_row(
    'product_assignment', NEW.account_id, NEW.team_id, NEW.assigned_at, NEW.revoked_at);
END;
