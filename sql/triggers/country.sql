-- Market rules decide over the life of lots.

CREATE TRIGGER IF NOT EXISTS main.country_mark_insert AFTER INSERT ON country
BEGIN
  INSERT INTO mark_account SELECT account_id, NULL FROM account WHERE country = NEW.country;
  UPDATE billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main.country_mark_update AFTER UPDATE ON country
BEGIN
  INSERT INTO mark_account
    SELECT account_id, NULL FROM account WHERE country IN (OLD.country, NEW.country);
  UPDATE billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main.country_mark_delete AFTER DELETE ON country
BEGIN
  INSERT INTO mark_account SELECT account_id, NULL FROM account WHERE country = OLD.country;
  UPDATE billing_change SET stamp = random();
END;
