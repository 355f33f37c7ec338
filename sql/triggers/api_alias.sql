-- Likewise for the names of apis.

CREATE TRIGGER IF NOT EXISTS main.api_alias_mark_insert AFTER INSERT ON api_alias
BEGIN
  UPDATE billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.api_alias_mark_update AFTER UPDATE ON api_alias
BEGIN
  INSERT INTO mark_all VALUES (NULL);
  UPDATE billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.api_alias_mark_delete AFTER DELETE ON api_alias
BEGIN
  INSERT INTO mark_all VALUES (NULL);
  UPDATE billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.api_alias_replace_insert BEFORE INSERT ON api_alias
WHEN EXISTS (SELECT 1 FROM api_alias WHERE alias = NEW.alias AND api IS NOT NEW.api)
BEGIN
  INSERT INTO replacing VALUES (NULL);
  UPDATE api_alias SET api = NEW.api WHERE alias = NEW.alias AND 2 NOT IN key_taken;
END;
