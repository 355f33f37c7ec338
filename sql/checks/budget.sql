CREATE TRIGGER IF NOT EXISTS main.budget_check_insert BEFORE INSERT ON budget
BEGIN
  SELECT RAISE(ABORT, 'budget: refused') WHERE NOT billing_valid_budget(
    NEW.team_id, NEW.client_id, NEW.user_id, NEW.label, NEW.tokens,
    NEW.starts_at, NEW.ends_at, NEW.note, NEW.source_id,
    NEW.team_id IS NULL OR EXISTS (SELECT 1 FROM team WHERE team_id = NEW.team_id),
    NEW.client_id IS NULL OR EXISTS (SELECT 1 FROM app WHERE client_id = NEW.client_id));
END;

CREATE TRIGGER IF NOT EXISTS main.budget_check_update BEFORE UPDATE ON budget
BEGIN
  SELECT RAISE(ABORT, 'budget: refused') WHERE NOT billing_valid_budget(
    NEW.team_id, NEW.client_id, NEW.user_id, NEW.label, NEW.tokens,
    NEW.starts_at, NEW.ends_at, NEW.note, NEW.source_id,
    NEW.team_id IS NULL OR EXISTS (SELECT 1 FROM team WHERE team_id = NEW.team_id),
    NEW.client_id IS NULL OR EXISTS (SELECT 1 FROM app WHERE client_id = NEW.client_id));
END;
