-- Tiers belong to the row of the card that has their api, sku and instant: it stays as long as they do.
CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_check_insert BEFORE INSERT ON rate_card
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'rate_card', NEW.api, NEW.sku, NEW.effective_from, NEW.tokens, NEW.per, NEW.unit, NEW.rounding,
    NEW.minimum), NEW.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_check_update BEFORE UPDATE ON rate_card
BEGIN
  SELECT RAISE(ABORT, 'rate_card: refused') WHERE NOT billing_valid_row(
    'rate_card', NEW.api, NEW.sku, NEW.effective_from, NEW.tokens, NEW.per, NEW.unit, NEW.rounding,
    NEW.minimum, OLD.api, OLD.sku, OLD.effective_from);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_check_delete BEFORE DELETE ON rate_card
BEGIN
  SELECT RAISE(ABORT, 'rate_card: refused') WHERE NOT billing_unused(
    'rate_card', OLD.api, OLD.sku, OLD.effective_from);
END;
