-- INSERT INTO _billing_transfer says that an app goes to an account, in place of the row of app_owner with the
-- old key: refused unless both sides may. An account that has the app already takes nothing over. A file without any
-- usage and any lot is one that is being loaded: nobody can owe anything yet, and a trial that was recorded after the
-- transfer stands in account already, so there the row is taken as it is.
CREATE VIEW IF NOT EXISTS main._billing_transfer(client_id, account_id, owned_from, old_client_id, old_from)
  AS VALUES (NULL, NULL, NULL, NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_transfer_insert INSTEAD OF INSERT ON _billing_transfer
BEGIN
  INSERT INTO settlement VALUES (NULL);
  SELECT RAISE(ABORT, 'app_owner: refused') FROM (SELECT coalesce(
      (SELECT account_id FROM app_owner WHERE client_id = NEW.client_id AND owned_from < NEW.owned_from
        AND (client_id, owned_from) IS NOT (NEW.old_client_id, NEW.old_from)
        ORDER BY owned_from DESC LIMIT 1),
      (SELECT account_id FROM app WHERE client_id = NEW.client_id)) AS owner)
  WHERE owner <> NEW.account_id
    AND (EXISTS (SELECT 1 FROM usage) OR EXISTS (SELECT 1 FROM token_lot))
    AND NOT billing_valid_transfer(NEW.client_id, owner, NEW.account_id, NEW.owned_from);
END;
