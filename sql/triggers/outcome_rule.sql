-- The factor of an outcome concerns all usage.

CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_mark_insert AFTER INSERT ON outcome_rule
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_mark_update AFTER UPDATE ON outcome_rule
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_outcome_rule_mark_delete AFTER DELETE ON outcome_rule
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random();
END;
