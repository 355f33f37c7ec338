-- A lot touches the wallets that hold it from its purchase on: the group of its first team.
-- Beside closed periods a lot that is deleted is gone at once: should it be inserted again, it is a new lot.
-- Before an insert SQLite says -1 for a key that it is yet to find, so no lot may be called that.

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_mark_insert AFTER INSERT ON token_lot
BEGIN
  SELECT RAISE(ABORT, 'token_lot.lot_id: means a row without a key to SQLite, -1, give another one')
    WHERE NEW.lot_id = -1;
  INSERT INTO _billing_mark_team VALUES (NEW.team_id, utc(NEW.purchased_at));
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_mark_update
AFTER UPDATE OF lot_id, team_id, kind, tokens, purchased_at, expires_at, voided_at ON token_lot
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, min(OLD.purchased_at, utc(NEW.purchased_at)));
  INSERT INTO _billing_mark_team VALUES (NEW.team_id, min(OLD.purchased_at, utc(NEW.purchased_at)));
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_mark_delete AFTER DELETE ON token_lot
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, OLD.purchased_at);
  INSERT INTO _billing_settlement SELECT NULL, 0 FROM period_close LIMIT 1;
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_replace_insert BEFORE INSERT ON token_lot
WHEN EXISTS (SELECT 1 FROM token_lot
  WHERE (lot_id = NEW.lot_id AND lot_id <> -1) OR source_id = NEW.source_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM token_lot WHERE source_id = NEW.source_id AND lot_id <> NEW.lot_id AND 2 NOT IN _billing_key_taken;
  UPDATE token_lot SET team_id = NEW.team_id, kind = NEW.kind, tokens = NEW.tokens,
    purchased_at = NEW.purchased_at, expires_at = NEW.expires_at, voided_at = NEW.voided_at
  WHERE lot_id = NEW.lot_id AND lot_id <> -1 AND 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_replace_update BEFORE UPDATE OF lot_id, source_id ON token_lot
WHEN EXISTS (SELECT 1 FROM token_lot
  WHERE (lot_id = NEW.lot_id OR source_id = NEW.source_id) AND lot_id <> OLD.lot_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM token_lot WHERE (lot_id = NEW.lot_id OR source_id = NEW.source_id) AND lot_id <> OLD.lot_id
    AND 2 NOT IN _billing_key_taken;
END;
