-- Every mark trigger updates _billing_change when its marks are complete.
CREATE TRIGGER IF NOT EXISTS main._billing_autosettle AFTER UPDATE OF stamp, tick ON _billing_change
WHEN NEW.autosettle
BEGIN
  SELECT RAISE(ABORT, 'settle: refused')
    WHERE settle() IS NULL AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;
