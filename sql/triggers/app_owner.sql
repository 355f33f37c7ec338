-- From its instant on an owner takes usage that no team is assigned to from one payer to another. An owner that
-- is none any more is named, as mark_app does not find it.

-- A transfer needs full access on both sides at its instant (D100): by all that is known, so it settles first.

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_check_transfer BEFORE INSERT ON app_owner
BEGIN
  INSERT INTO _billing_transfer VALUES (NEW.client_id, NEW.account_id, utc(NEW.owned_from, 0), NULL, NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_check_changed BEFORE UPDATE ON app_owner
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_transfer
    VALUES (NEW.client_id, NEW.account_id, utc(NEW.owned_from, 0), OLD.client_id, OLD.owned_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_mark_insert AFTER INSERT ON app_owner
BEGIN
  INSERT INTO _billing_mark_app VALUES (NEW.client_id, utc(NEW.owned_from));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_mark_update AFTER UPDATE ON app_owner
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_payers VALUES (OLD.account_id, min(OLD.owned_from, utc(NEW.owned_from)));
  INSERT INTO _billing_mark_app VALUES (OLD.client_id, min(OLD.owned_from, utc(NEW.owned_from)));
  INSERT INTO _billing_mark_app VALUES (NEW.client_id, min(OLD.owned_from, utc(NEW.owned_from)));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_mark_delete AFTER DELETE ON app_owner
BEGIN
  INSERT INTO _billing_mark_payers VALUES (OLD.account_id, OLD.owned_from);
  INSERT INTO _billing_mark_app VALUES (OLD.client_id, OLD.owned_from);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_replace_insert BEFORE INSERT ON app_owner
WHEN EXISTS (SELECT 1 FROM app_owner
  WHERE client_id = NEW.client_id AND owned_from = NEW.owned_from AND account_id IS NOT NEW.account_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE app_owner SET account_id = NEW.account_id
  WHERE client_id = NEW.client_id AND owned_from = NEW.owned_from AND 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_replace_update BEFORE UPDATE OF client_id, owned_from ON app_owner
WHEN (NEW.client_id, NEW.owned_from) <> (OLD.client_id, OLD.owned_from)
  AND EXISTS (SELECT 1 FROM app_owner WHERE client_id = NEW.client_id AND owned_from = NEW.owned_from)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM app_owner
    WHERE client_id = NEW.client_id AND owned_from = NEW.owned_from AND 2 NOT IN _billing_key_taken;
END;
