CREATE TRIGGER IF NOT EXISTS main._billing_unblock_check_insert BEFORE INSERT ON unblock
BEGIN
  SELECT RAISE(ABORT, 'unblock: refused') WHERE NOT billing_valid_row(
    'unblock', NEW.team_id, NEW.unblocked_at, NEW.note);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_check_update BEFORE UPDATE ON unblock
BEGIN
  SELECT RAISE(ABORT, 'unblock: refused') WHERE NOT billing_valid_row(
    'unblock', NEW.team_id, NEW.unblocked_at, NEW.note);
END;
