-- A policy that settlement follows counts from its instant on; see policy.sql.

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_mark_insert AFTER INSERT ON policy_change
WHEN NEW.name IN _billing_settled_policy
BEGIN
  INSERT INTO _billing_mark_all VALUES (utc(NEW.effective_from));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_mark_update AFTER UPDATE ON policy_change
WHEN NOT billing_respelling() AND (NEW.name IN _billing_settled_policy OR OLD.name IN _billing_settled_policy)
BEGIN
  INSERT INTO _billing_mark_all VALUES (min(OLD.effective_from, utc(NEW.effective_from)));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_mark_delete AFTER DELETE ON policy_change
WHEN OLD.name IN _billing_settled_policy
BEGIN
  INSERT INTO _billing_mark_all VALUES (OLD.effective_from);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;
