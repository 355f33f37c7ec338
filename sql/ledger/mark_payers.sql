-- Whoever may ever have paid for the apps of an account that no team is assigned to: its teams, and those
-- that its product assignments name.
CREATE VIEW IF NOT EXISTS main.mark_payers(account_id, since) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main.mark_payers_insert INSTEAD OF INSERT ON mark_payers
BEGIN
  INSERT INTO mark_account VALUES (NEW.account_id, NEW.since);
  INSERT INTO mark_team
    SELECT team_id, NEW.since FROM product_assignment WHERE account_id = NEW.account_id;
END;
