-- Policies that settlement follows (sql/ledger/settled_policy.sql); the others only concern reading tables.

CREATE TRIGGER IF NOT EXISTS main.policy_mark_insert AFTER INSERT ON policy
WHEN NEW.name IN settled_policy
BEGIN
  INSERT INTO mark_all VALUES (NULL);
  UPDATE billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.policy_mark_update AFTER UPDATE ON policy
WHEN NEW.name IN settled_policy OR OLD.name IN settled_policy
BEGIN
  INSERT INTO mark_all VALUES (NULL);
  UPDATE billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.policy_mark_delete AFTER DELETE ON policy
WHEN OLD.name IN settled_policy
BEGIN
  INSERT INTO mark_all VALUES (NULL);
  UPDATE billing_change SET stamp = random(), retry = 1;
END;
