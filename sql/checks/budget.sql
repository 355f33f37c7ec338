CREATE TRIGGER IF NOT EXISTS main.budget_check_insert BEFORE INSERT ON budget
BEGIN
  SELECT RAISE(ABORT, 'budget: refused') WHERE NOT billing_valid_budget(
    NEW.team_id, NEW.client_id, NEW.user_id, NEW.label, NEW.tokens,
    NEW.starts_at, NEW.ends_at, NEW.note, NEW.source_id,
    NEW.team_id IS NULL OR NEW.team_id IN (SELECT team_id FROM team),
    NEW.client_id IS NULL OR NEW.client_id IN (SELECT client_id FROM app));
  INSERT INTO key_taken_by SELECT 'budget.budget_id', NEW.budget_id FROM budget
    WHERE budget_id = NEW.budget_id AND (team_id, client_id, user_id, label, tokens, starts_at, ends_at, note, source_id)
      IS NOT (NEW.team_id, NEW.client_id, NEW.user_id, NEW.label, NEW.tokens, NEW.starts_at, NEW.ends_at, NEW.note, NEW.source_id)
      AND NOT EXISTS (SELECT 1 FROM budget WHERE source_id = NEW.source_id);
END;

CREATE TRIGGER IF NOT EXISTS main.budget_check_update BEFORE UPDATE ON budget
BEGIN
  SELECT RAISE(ABORT, 'budget: refused') WHERE NOT billing_valid_budget(
    NEW.team_id, NEW.client_id, NEW.user_id, NEW.label, NEW.tokens,
    NEW.starts_at, NEW.ends_at, NEW.note, NEW.source_id,
    NEW.team_id IS NULL OR NEW.team_id IN (SELECT team_id FROM team),
    NEW.client_id IS NULL OR NEW.client_id IN (SELECT client_id FROM app));
END;
