-- See unused_account.sql.
CREATE VIEW IF NOT EXISTS main.unused_team(team_id) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main.unused_team_insert INSTEAD OF INSERT ON unused_team
BEGIN
  SELECT RAISE(ABORT, 'team: refused') WHERE NOT billing_unused('team.team_id', NEW.team_id, (
    SELECT 'token_lot' FROM token_lot WHERE team_id = NEW.team_id
    UNION ALL SELECT 'lot_move' FROM lot_move WHERE team_id = NEW.team_id
    UNION ALL SELECT 'app_team' FROM app_team WHERE team_id = NEW.team_id
    UNION ALL SELECT 'product_assignment' FROM product_assignment WHERE team_id = NEW.team_id
    UNION ALL SELECT 'unblock' FROM unblock WHERE team_id = NEW.team_id
    UNION ALL SELECT 'period_close' FROM period_close WHERE team_id = NEW.team_id
    UNION ALL SELECT 'budget' FROM budget WHERE team_id = NEW.team_id));
END;
