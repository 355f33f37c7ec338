CREATE TRIGGER IF NOT EXISTS main.token_kind_check_insert BEFORE INSERT ON token_kind
BEGIN
  SELECT RAISE(ABORT, 'token_kind: refused') WHERE NOT billing_valid_token_kind(
    NEW.kind, NEW.rank, NEW.name);
  INSERT INTO key_taken_by SELECT 'token_kind.kind', NEW.kind FROM token_kind
    WHERE kind = NEW.kind
      AND (rank, name)
      IS NOT (NEW.rank, NEW.name);
END;

CREATE TRIGGER IF NOT EXISTS main.token_kind_check_update BEFORE UPDATE ON token_kind
BEGIN
  INSERT INTO unused_kind SELECT OLD.kind WHERE NEW.kind IS NOT OLD.kind;
  SELECT RAISE(ABORT, 'token_kind: refused') WHERE NOT billing_valid_token_kind(
    NEW.kind, NEW.rank, NEW.name);
END;

CREATE TRIGGER IF NOT EXISTS main.token_kind_check_delete BEFORE DELETE ON token_kind
BEGIN
  INSERT INTO unused_kind VALUES (OLD.kind);
END;
