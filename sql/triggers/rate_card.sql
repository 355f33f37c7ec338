-- A rate counts from its instant on. The first row of a sku, and the last one that goes, count at all
-- times: before, the card's '*' or an alias spoke for it.

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_mark_insert AFTER INSERT ON rate_card
BEGIN
  INSERT INTO _billing_mark_all VALUES (CASE WHEN EXISTS (
      SELECT 1 FROM rate_card
      WHERE api = NEW.api AND sku = NEW.sku AND effective_from <> utc(NEW.effective_from))
    THEN utc(NEW.effective_from) END);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_mark_update AFTER UPDATE ON rate_card
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_all VALUES (CASE WHEN NEW.api IS OLD.api AND NEW.sku IS OLD.sku
    THEN min(OLD.effective_from, utc(NEW.effective_from)) END);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_mark_delete AFTER DELETE ON rate_card
BEGIN
  INSERT INTO _billing_mark_all VALUES (CASE WHEN EXISTS (
      SELECT 1 FROM rate_card WHERE api = OLD.api AND sku = OLD.sku)
    THEN OLD.effective_from END);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;
