-- A switch that is set. What follows it stands in _billing_change, and its new stamp shows it to
-- every connection: see ext/admin/settings.c. The conflict of a name that is there is settled
-- before it comes up: its row is updated first.

CREATE TRIGGER IF NOT EXISTS main._billing_setting_before_insert BEFORE INSERT ON billing_setting
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_setting(NEW.name, NEW.value, NEW.name));
  UPDATE billing_setting SET value = NEW.value WHERE name = NEW.name;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_before_update BEFORE UPDATE ON billing_setting
BEGIN
  INSERT INTO _billing_main VALUES (billing_valid_setting(NEW.name, NEW.value, OLD.name));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_after_insert AFTER INSERT ON billing_setting
BEGIN
  SELECT billing_switched(NEW.name, NEW.value);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_after_update AFTER UPDATE ON billing_setting
BEGIN
  SELECT billing_switched(NEW.name, NEW.value);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_after_delete AFTER DELETE ON billing_setting
BEGIN
  INSERT INTO _billing_main VALUES (billing_switched(OLD.name, 0));
END;
