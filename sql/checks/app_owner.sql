-- A transfer needs full access on both sides (D100), at its instant and by all that is known: so it settles first.

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_check_insert BEFORE INSERT ON app_owner
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'app_owner', NEW.client_id, NEW.account_id, NEW.owned_from), NEW.owned_from);
  INSERT INTO _billing_transfer VALUES (NEW.client_id, NEW.account_id, NEW.owned_from, NULL, NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_app_owner_check_update BEFORE UPDATE ON app_owner
BEGIN
  SELECT RAISE(ABORT, 'app_owner: refused') WHERE NOT billing_valid_row(
    'app_owner', NEW.client_id, NEW.account_id, NEW.owned_from);
  INSERT INTO _billing_transfer
    VALUES (NEW.client_id, NEW.account_id, NEW.owned_from, OLD.client_id, OLD.owned_from);
END;
