CREATE TRIGGER IF NOT EXISTS main._billing_country_check_insert BEFORE INSERT ON country
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new('country', NEW.country, NEW.flex_from), NEW.country);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_country_check_update BEFORE UPDATE ON country
BEGIN
  SELECT RAISE(ABORT, 'country: refused') WHERE NOT billing_valid_row('country', NEW.country, NEW.flex_from);
END;
