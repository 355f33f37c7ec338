-- Likewise for the names of apis.

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_mark_insert AFTER INSERT ON api_alias
BEGIN
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_mark_update AFTER UPDATE ON api_alias
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_mark_delete AFTER DELETE ON api_alias
BEGIN
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_replace_insert BEFORE INSERT ON api_alias
WHEN EXISTS (SELECT 1 FROM api_alias WHERE alias = NEW.alias AND api IS NOT NEW.api)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE api_alias SET api = NEW.api WHERE alias = NEW.alias AND 2 NOT IN _billing_key_taken;
END;
