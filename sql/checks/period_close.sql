-- Settles first: what is settled then is what the close makes final, and facts of other teams may bring
-- usage here.
CREATE TRIGGER IF NOT EXISTS main._billing_period_close_check_insert BEFORE INSERT ON period_close
BEGIN
  SELECT RAISE(ABORT, 'period_close: refused')
  WHERE NOT billing_valid_row('period_close', NEW.team_id, NEW.closed_until);
  INSERT INTO settlement VALUES (NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_check_update BEFORE UPDATE ON period_close
BEGIN
  SELECT billing_keep_close('a close cannot be changed', OLD.closed_until,
    'delete the last one to re-open its period');
END;

-- Ties that are not settled yet are seen as well: under a later close nothing could be settled anew.
CREATE TRIGGER IF NOT EXISTS main._billing_period_close_check_delete BEFORE DELETE ON period_close
BEGIN
  INSERT INTO settlement VALUES (NULL);
  SELECT RAISE(ABORT, 'period_close: refused')
  WHERE NOT billing_keep_reopen(OLD.team_id, OLD.closed_until);
END;
