-- The rank of a kind decides which lots pay first.

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_mark_insert AFTER INSERT ON token_kind
BEGIN
  INSERT INTO _billing_mark_team SELECT DISTINCT team_id, NULL FROM token_lot WHERE kind = NEW.kind;
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_mark_update AFTER UPDATE OF kind, rank ON token_kind
BEGIN
  INSERT INTO _billing_mark_team
    SELECT DISTINCT team_id, NULL FROM token_lot WHERE kind IN (OLD.kind, NEW.kind);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_mark_delete AFTER DELETE ON token_kind
BEGIN
  UPDATE _billing_change SET stamp = random();
END;
