-- Whoever may ever have paid for an app: the teams assigned to it, and the payers of its owners.
CREATE VIEW IF NOT EXISTS main._billing_mark_app(client_id, since) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_mark_app_insert INSTEAD OF INSERT ON _billing_mark_app
BEGIN
  INSERT INTO _billing_mark_team SELECT team_id, NEW.since FROM app_team WHERE client_id = NEW.client_id;
  INSERT INTO _billing_mark_payers SELECT account_id, NEW.since FROM app WHERE client_id = NEW.client_id;
  INSERT INTO _billing_mark_payers SELECT account_id, NEW.since FROM app_owner WHERE client_id = NEW.client_id;
END;
