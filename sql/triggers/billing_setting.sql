-- A switch that is set. What follows it stands in _billing_change, and its new stamp tells every connection.
-- The conflict of a name that is there is settled before it comes up: its row is updated first.

CREATE TRIGGER IF NOT EXISTS main._billing_setting_check_insert BEFORE INSERT ON billing_setting
BEGIN
  SELECT RAISE(ABORT, 'billing_setting: refused')
    WHERE NOT billing_valid_setting(NEW.name, NEW.value, NEW.name) AND NOT EXISTS (SELECT 1 FROM _billing_main);
  UPDATE billing_setting SET value = NEW.value WHERE name = NEW.name;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_check_update BEFORE UPDATE ON billing_setting
BEGIN
  SELECT RAISE(ABORT, 'billing_setting: refused')
    WHERE NOT billing_valid_setting(NEW.name, NEW.value, OLD.name) AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_insert AFTER INSERT ON billing_setting
BEGIN
  INSERT INTO _billing_switch VALUES (NEW.name, NEW.value);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_update AFTER UPDATE ON billing_setting
BEGIN
  INSERT INTO _billing_switch VALUES (NEW.name, NEW.value);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_setting_delete AFTER DELETE ON billing_setting
BEGIN
  INSERT INTO _billing_switch VALUES (OLD.name, 0);
END;
