-- A row that others refer to stays: INSERT INTO unused_… VALUES (its name) is refused while they do, and
-- names the first of these tables that does.
CREATE VIEW IF NOT EXISTS main.unused_account(account_id) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main.unused_account_insert INSTEAD OF INSERT ON unused_account
BEGIN
  SELECT RAISE(ABORT, 'account: refused') WHERE NOT billing_unused('account.account_id', NEW.account_id, (
    SELECT 'team' FROM team WHERE account_id = NEW.account_id
    UNION ALL SELECT 'app' FROM app WHERE account_id = NEW.account_id
    UNION ALL SELECT 'product_assignment' FROM product_assignment WHERE account_id = NEW.account_id
    UNION ALL SELECT 'subscription' FROM subscription WHERE account_id = NEW.account_id));
END;
