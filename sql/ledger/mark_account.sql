-- The teams of an account.
CREATE VIEW IF NOT EXISTS main.mark_account(account_id, since) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main.mark_account_insert INSTEAD OF INSERT ON mark_account
BEGIN
  INSERT INTO mark_team SELECT team_id, NEW.since FROM team WHERE account_id = NEW.account_id;
END;
