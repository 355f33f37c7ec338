-- A kind that is limited to apis pays those only.

CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_mark_insert AFTER INSERT ON kind_api
BEGIN
  INSERT INTO _billing_mark_team SELECT DISTINCT team_id, NULL FROM token_lot WHERE kind = NEW.kind;
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_mark_update AFTER UPDATE ON kind_api
BEGIN
  INSERT INTO _billing_mark_team
    SELECT DISTINCT team_id, NULL FROM token_lot WHERE kind IN (OLD.kind, NEW.kind);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_kind_api_mark_delete AFTER DELETE ON kind_api
BEGIN
  INSERT INTO _billing_mark_team SELECT DISTINCT team_id, NULL FROM token_lot WHERE kind = OLD.kind;
  UPDATE _billing_change SET stamp = random();
END;
