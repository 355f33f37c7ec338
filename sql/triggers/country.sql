-- Market rules decide over the life of lots.

CREATE TRIGGER IF NOT EXISTS main._billing_country_mark_insert AFTER INSERT ON country
BEGIN
  INSERT INTO _billing_mark_account SELECT account_id, NULL FROM account WHERE country = NEW.country;
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_country_mark_update AFTER UPDATE ON country
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_account
    SELECT account_id, NULL FROM account WHERE country IN (OLD.country, NEW.country);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_country_mark_delete AFTER DELETE ON country
BEGIN
  INSERT INTO _billing_mark_account SELECT account_id, NULL FROM account WHERE country = OLD.country;
  UPDATE _billing_change SET stamp = random();
END;
