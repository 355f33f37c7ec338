-- Whoever may ever have paid for the apps of an account that no team is assigned to: its first team, and those
-- that its product assignments name. A team that was the first one has been marked when it ceased to be.
CREATE VIEW IF NOT EXISTS main._billing_mark_payers(account_id, since) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_mark_payers_insert INSTEAD OF INSERT ON _billing_mark_payers
BEGIN
  INSERT INTO _billing_mark_team SELECT min(team_id), NEW.since FROM team WHERE account_id = NEW.account_id;
  INSERT INTO _billing_mark_team
    SELECT team_id, NEW.since FROM product_assignment WHERE account_id = NEW.account_id;
END;
