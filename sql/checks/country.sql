CREATE TRIGGER IF NOT EXISTS main.country_check_insert BEFORE INSERT ON country
BEGIN
  SELECT RAISE(ABORT, 'country: refused') WHERE NOT billing_valid_country(
    NEW.country, NEW.flex_from);
  INSERT INTO key_taken_by SELECT 'country.country', NEW.country FROM country
    WHERE country = NEW.country
      AND flex_from IS NOT NEW.flex_from;
END;

CREATE TRIGGER IF NOT EXISTS main.country_check_update BEFORE UPDATE ON country
BEGIN
  SELECT RAISE(ABORT, 'country: refused') WHERE NOT billing_valid_country(
    NEW.country, NEW.flex_from);
END;
