CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_check_insert BEFORE INSERT ON token_kind
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'token_kind', NEW.kind, NEW.rank, NEW.name), NEW.kind);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_check_update BEFORE UPDATE ON token_kind
BEGIN
  SELECT RAISE(ABORT, 'token_kind: refused') WHERE NOT billing_valid_row(
    'token_kind', NEW.kind, NEW.rank, NEW.name, OLD.kind);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_kind_check_delete BEFORE DELETE ON token_kind
BEGIN
  SELECT RAISE(ABORT, 'token_kind: refused') WHERE NOT billing_unused('token_kind', OLD.kind);
END;
