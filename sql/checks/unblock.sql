CREATE TRIGGER IF NOT EXISTS main.unblock_check_insert BEFORE INSERT ON unblock
BEGIN
  SELECT RAISE(ABORT, 'unblock: refused') WHERE NOT billing_valid_unblock(
    NEW.team_id, NEW.unblocked_at, NEW.note,
    NEW.team_id IN (SELECT team_id FROM team));
END;

CREATE TRIGGER IF NOT EXISTS main.unblock_check_update BEFORE UPDATE ON unblock
BEGIN
  SELECT RAISE(ABORT, 'unblock: refused') WHERE NOT billing_valid_unblock(
    NEW.team_id, NEW.unblocked_at, NEW.note,
    NEW.team_id IN (SELECT team_id FROM team));
END;
