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
BEGIN
  INSERT INTO mark_all SELECT NULL FROM api_alias WHERE alias = NEW.alias AND api IS NOT NEW.api;
END;
