-- A credit lot is refused where its kind is not sold any more; on update only when that question is
-- asked anew. Canonical times compare as texts.
CREATE TRIGGER IF NOT EXISTS main.token_lot_check_insert BEFORE INSERT ON token_lot
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused') WHERE NOT billing_valid_token_lot(
    NEW.team_id, NEW.kind, NEW.tokens, NEW.purchased_at,
    NEW.expires_at, NEW.voided_at, NEW.source_id, NEW.note,
    NEW.team_id IN (SELECT team_id FROM team),
    NEW.kind IN (SELECT kind FROM token_kind),
    coalesce(
      NEW.expires_at,
      datetime(
        NEW.purchased_at,
        coalesce((SELECT value FROM policy WHERE name = 'lot_term'), '+1 year'))),
    (SELECT min(moved_at) FROM lot_move WHERE lot_id = NEW.lot_id),
    (
      SELECT country.flex_from
      FROM team JOIN account USING (account_id) JOIN country USING (country)
      WHERE team.team_id = NEW.team_id
        AND NEW.kind = (SELECT value FROM policy WHERE name = 'credit_kind')));
  INSERT INTO key_taken_by SELECT 'token_lot.lot_id', NEW.lot_id FROM token_lot
    WHERE lot_id = NEW.lot_id AND (team_id, kind, tokens, purchased_at, expires_at, voided_at, note, source_id)
      IS NOT (NEW.team_id, NEW.kind, NEW.tokens, NEW.purchased_at, NEW.expires_at, NEW.voided_at, NEW.note, NEW.source_id)
      AND NOT EXISTS (SELECT 1 FROM token_lot WHERE source_id = NEW.source_id);
END;

CREATE TRIGGER IF NOT EXISTS main.token_lot_check_update BEFORE UPDATE ON token_lot
BEGIN
  INSERT INTO unused_lot SELECT OLD.lot_id WHERE NEW.lot_id IS NOT OLD.lot_id;
  SELECT RAISE(ABORT, 'token_lot: refused') WHERE NOT billing_valid_token_lot(
    NEW.team_id, NEW.kind, NEW.tokens, NEW.purchased_at,
    NEW.expires_at, NEW.voided_at, NEW.source_id, NEW.note,
    NEW.team_id IN (SELECT team_id FROM team),
    NEW.kind IN (SELECT kind FROM token_kind),
    coalesce(
      NEW.expires_at,
      datetime(
        NEW.purchased_at,
        coalesce((SELECT value FROM policy WHERE name = 'lot_term'), '+1 year'))),
    (SELECT min(moved_at) FROM lot_move WHERE lot_id = NEW.lot_id),
    (
      SELECT country.flex_from
      FROM team JOIN account USING (account_id) JOIN country USING (country)
      WHERE team.team_id = NEW.team_id
        AND NEW.kind = (SELECT value FROM policy WHERE name = 'credit_kind')
        AND (NEW.team_id, NEW.kind, NEW.purchased_at)
          IS NOT (OLD.team_id, OLD.kind, OLD.purchased_at)));
END;

CREATE TRIGGER IF NOT EXISTS main.token_lot_check_delete BEFORE DELETE ON token_lot
BEGIN
  INSERT INTO unused_lot VALUES (OLD.lot_id);
END;
