-- See unused_account.sql.
CREATE VIEW IF NOT EXISTS main.unused_app(client_id) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main.unused_app_insert INSTEAD OF INSERT ON unused_app
BEGIN
  SELECT RAISE(ABORT, 'app: refused') WHERE NOT billing_unused('app.client_id', NEW.client_id, (
    SELECT 'app_team' FROM app_team WHERE client_id = NEW.client_id
    UNION ALL SELECT 'budget' FROM budget WHERE client_id = NEW.client_id));
END;
