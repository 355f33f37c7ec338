-- The teams of an account.
CREATE VIEW IF NOT EXISTS main._billing_mark_account(account_id, since) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_mark_account_insert INSTEAD OF INSERT ON _billing_mark_account
BEGIN
  INSERT INTO _billing_mark_team SELECT team_id, NEW.since FROM team WHERE account_id = NEW.account_id;
END;
