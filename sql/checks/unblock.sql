CREATE TRIGGER IF NOT EXISTS main.unblock_check_insert BEFORE INSERT ON unblock
BEGIN
  SELECT RAISE(ABORT, 'unblock: refused') WHERE NOT billing_valid_unblock(
    NEW.team_id, NEW.unblocked_at, NEW.note,
    EXISTS (SELECT 1 FROM team WHERE team_id = NEW.team_id));
END;

CREATE TRIGGER IF NOT EXISTS main.unblock_check_update BEFORE UPDATE ON unblock
BEGIN
  SELECT RAISE(ABORT, 'unblock: refused') WHERE NOT billing_valid_unblock(
    NEW.team_id, NEW.unblocked_at, NEW.note,
    EXISTS (SELECT 1 FROM team WHERE team_id = NEW.team_id));
END;
