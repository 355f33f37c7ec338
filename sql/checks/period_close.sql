CREATE TRIGGER IF NOT EXISTS main.period_close_check_insert BEFORE INSERT ON period_close
BEGIN
  SELECT RAISE(ABORT,
    'period_close: closing is not supported yet, leave the period open');
END;

CREATE TRIGGER IF NOT EXISTS main.period_close_check_update BEFORE UPDATE ON period_close
BEGIN
  SELECT RAISE(ABORT,
    'period_close: closing is not supported yet, leave the period open');
END;
