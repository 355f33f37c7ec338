CREATE TRIGGER IF NOT EXISTS main._billing_budget_check_insert BEFORE INSERT ON budget
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'budget', NEW.budget_id, NEW.team_id, NEW.client_id, NEW.user_id, NEW.label, NEW.tokens,
    NEW.starts_at, NEW.ends_at, NEW.note, NEW.source_id), NEW.budget_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_budget_check_update BEFORE UPDATE ON budget
BEGIN
  SELECT RAISE(ABORT, 'budget: refused') WHERE NOT billing_valid_row(
    'budget', NEW.budget_id, NEW.team_id, NEW.client_id, NEW.user_id, NEW.label, NEW.tokens,
    NEW.starts_at, NEW.ends_at, NEW.note, NEW.source_id);
END;
