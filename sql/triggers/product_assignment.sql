-- Platform Services assigned to a user account: that team pays for the account's apps (D48-D54). A team
-- that is assigned no more is named, as mark_payers does not find it.

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_mark_insert AFTER INSERT ON product_assignment
BEGIN
  INSERT INTO _billing_mark_payers VALUES (NEW.account_id, utc(NEW.assigned_at));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_mark_update AFTER UPDATE ON product_assignment
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, min(OLD.assigned_at, utc(NEW.assigned_at)));
  INSERT INTO _billing_mark_payers VALUES (OLD.account_id, min(OLD.assigned_at, utc(NEW.assigned_at)));
  INSERT INTO _billing_mark_payers VALUES (NEW.account_id, min(OLD.assigned_at, utc(NEW.assigned_at)));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_mark_delete AFTER DELETE ON product_assignment
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, OLD.assigned_at);
  INSERT INTO _billing_mark_payers VALUES (OLD.account_id, OLD.assigned_at);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_replace_insert BEFORE INSERT ON product_assignment
WHEN EXISTS (SELECT 1 FROM product_assignment
  WHERE account_id = NEW.account_id AND assigned_at = NEW.assigned_at AND team_id IS NOT NEW.team_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE product_assignment SET team_id = NEW.team_id
  WHERE account_id = NEW.account_id AND assigned_at = NEW.assigned_at AND 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_product_assignment_replace_update
BEFORE UPDATE OF account_id, assigned_at ON product_assignment
WHEN (NEW.account_id, NEW.assigned_at) <> (OLD.account_id, OLD.assigned_at)
  AND EXISTS (SELECT 1 FROM product_assignment
    WHERE account_id = NEW.account_id AND assigned_at = NEW.assigned_at)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM product_assignment
    WHERE account_id = NEW.account_id AND assigned_at = NEW.assigned_at AND 2 NOT IN _billing_key_taken;
END;
