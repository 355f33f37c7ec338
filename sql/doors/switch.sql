-- What a switch does. Before autosettle is on, what is pending is settled; while it is on, every usage row is listed
-- when it comes, so the mark `settled_upto` is the largest integer.
CREATE VIEW IF NOT EXISTS main._billing_switch(name, value) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_switch_insert INSTEAD OF INSERT ON _billing_switch
BEGIN
  SELECT RAISE(ABORT, 'billing_setting: refused')
    WHERE iif(NEW.name = 'autosettle' AND NEW.value = 1, settle(), 0) IS NULL
      AND NOT EXISTS (SELECT 1 FROM _billing_main);
  UPDATE _billing_meta
    SET value = iif(NEW.value, 9223372036854775807, coalesce((SELECT max(usage_id) FROM usage), 0))
    WHERE name = 'settled_upto' AND NEW.name = 'autosettle' AND (NEW.value OR value = 9223372036854775807);
  UPDATE _billing_change SET
    autosettle = iif(NEW.name = 'autosettle', NEW.value, autosettle),
    guard = iif(NEW.name = 'guard', NEW.value, guard),
    alerts = iif(NEW.name = 'alerts', NEW.value, alerts),
    stamp = billing_stamp();
END;
