-- A new api can only help usage that is unrated so far; a change concerns all of it.

CREATE TRIGGER IF NOT EXISTS main._billing_api_mark_insert AFTER INSERT ON api
BEGIN
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_mark_update AFTER UPDATE OF api, premium ON api
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_mark_delete AFTER DELETE ON api
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_replace_insert BEFORE INSERT ON api
WHEN EXISTS (SELECT 1 FROM api WHERE api = NEW.api AND premium IS NOT NEW.premium)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE api SET premium = NEW.premium WHERE api = NEW.api AND 2 NOT IN _billing_key_taken;
END;
