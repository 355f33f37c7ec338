CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_check_insert BEFORE INSERT ON token_lot
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'token_lot', NEW.lot_id, NEW.team_id, NEW.kind, NEW.tokens, NEW.purchased_at, NEW.expires_at,
    NEW.voided_at, NEW.source_id, NEW.note), NEW.lot_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_check_update BEFORE UPDATE ON token_lot
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused') WHERE NOT billing_valid_row(
    'token_lot', NEW.lot_id, NEW.team_id, NEW.kind, NEW.tokens, NEW.purchased_at, NEW.expires_at,
    NEW.voided_at, NEW.source_id, NEW.note, OLD.lot_id);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_check_delete BEFORE DELETE ON token_lot
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused') WHERE NOT billing_unused('token_lot', OLD.lot_id);
END;
