CREATE TRIGGER IF NOT EXISTS main.team_check_insert BEFORE INSERT ON team
BEGIN
  SELECT RAISE(ABORT, 'team: refused') WHERE NOT billing_valid_team(
    NEW.team_id, NEW.account_id, NEW.name,
    EXISTS (SELECT 1 FROM account WHERE account_id = NEW.account_id));
END;

CREATE TRIGGER IF NOT EXISTS main.team_check_update BEFORE UPDATE ON team
BEGIN
  SELECT RAISE(ABORT, 'team: refused') WHERE NOT billing_valid_team(
    NEW.team_id, NEW.account_id, NEW.name,
    EXISTS (SELECT 1 FROM account WHERE account_id = NEW.account_id));
END;

CREATE TRIGGER IF NOT EXISTS main.team_check_rename BEFORE UPDATE ON team
WHEN NEW.team_id IS NOT OLD.team_id
BEGIN
  SELECT RAISE(ABORT, 'team: refused') WHERE NOT billing_unused(
    'team.team_id', OLD.team_id,
    CASE
      WHEN EXISTS (SELECT 1 FROM token_lot WHERE team_id = OLD.team_id) THEN 'token_lot'
      WHEN EXISTS (SELECT 1 FROM lot_move WHERE team_id = OLD.team_id) THEN 'lot_move'
      WHEN EXISTS (SELECT 1 FROM app_team WHERE team_id = OLD.team_id) THEN 'app_team'
      WHEN EXISTS (SELECT 1 FROM product_assignment WHERE team_id = OLD.team_id)
        THEN 'product_assignment'
      WHEN EXISTS (SELECT 1 FROM unblock WHERE team_id = OLD.team_id) THEN 'unblock'
      WHEN EXISTS (SELECT 1 FROM period_close WHERE team_id = OLD.team_id) THEN 'period_close'
      WHEN EXISTS (SELECT 1 FROM budget WHERE team_id = OLD.team_id) THEN 'budget'
    END);
END;

CREATE TRIGGER IF NOT EXISTS main.team_check_delete BEFORE DELETE ON team
BEGIN
  SELECT RAISE(ABORT, 'team: refused') WHERE NOT billing_unused(
    'team.team_id', OLD.team_id,
    CASE
      WHEN EXISTS (SELECT 1 FROM token_lot WHERE team_id = OLD.team_id) THEN 'token_lot'
      WHEN EXISTS (SELECT 1 FROM lot_move WHERE team_id = OLD.team_id) THEN 'lot_move'
      WHEN EXISTS (SELECT 1 FROM app_team WHERE team_id = OLD.team_id) THEN 'app_team'
      WHEN EXISTS (SELECT 1 FROM product_assignment WHERE team_id = OLD.team_id)
        THEN 'product_assignment'
      WHEN EXISTS (SELECT 1 FROM unblock WHERE team_id = OLD.team_id) THEN 'unblock'
      WHEN EXISTS (SELECT 1 FROM period_close WHERE team_id = OLD.team_id) THEN 'period_close'
      WHEN EXISTS (SELECT 1 FROM budget WHERE team_id = OLD.team_id) THEN 'budget'
    END);
END;
