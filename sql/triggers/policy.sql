-- Policies that settlement follows (sql/doors/settled_policy.sql); the others only concern reading tables.

CREATE TRIGGER IF NOT EXISTS main._billing_policy_mark_insert AFTER INSERT ON policy
WHEN NEW.name IN _billing_settled_policy
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_mark_update AFTER UPDATE ON policy
WHEN NEW.name IN _billing_settled_policy OR OLD.name IN _billing_settled_policy
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_mark_delete AFTER DELETE ON policy
WHEN OLD.name IN _billing_settled_policy
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;
