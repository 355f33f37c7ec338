-- Names are resolved without regard to case, hence the look for a sku that differs only in case.
CREATE TRIGGER IF NOT EXISTS main.rate_card_check_insert BEFORE INSERT ON rate_card
BEGIN
  SELECT RAISE(ABORT, 'rate_card: refused') WHERE NOT billing_valid_rate_card(
    NEW.api, NEW.sku, NEW.effective_from, NEW.tokens, NEW.per, NEW.unit,
    NEW.rounding, NEW.minimum,
    NEW.api IN (SELECT api FROM api),
    EXISTS (
      SELECT 1 FROM rate_card
      WHERE api = NEW.api AND sku = NEW.sku COLLATE NOCASE AND sku <> NEW.sku));
  INSERT INTO key_taken_by SELECT 'rate_card.effective_from', NEW.effective_from FROM rate_card
    WHERE api = NEW.api AND sku = NEW.sku AND effective_from = NEW.effective_from
      AND (tokens, per, unit, rounding, minimum)
      IS NOT (NEW.tokens, NEW.per, NEW.unit, NEW.rounding, NEW.minimum);
END;

CREATE TRIGGER IF NOT EXISTS main.rate_card_check_update BEFORE UPDATE ON rate_card
BEGIN
  SELECT RAISE(ABORT, 'rate_card: refused') WHERE NOT billing_valid_rate_card(
    NEW.api, NEW.sku, NEW.effective_from, NEW.tokens, NEW.per, NEW.unit,
    NEW.rounding, NEW.minimum,
    NEW.api IN (SELECT api FROM api),
    EXISTS (
      SELECT 1 FROM rate_card
      WHERE api = NEW.api AND sku = NEW.sku COLLATE NOCASE AND sku <> NEW.sku
        AND (api, sku, effective_from) IS NOT (OLD.api, OLD.sku, OLD.effective_from)));
END;

-- Tiers belong to the row of the card that has their api, sku and instant.
CREATE TRIGGER IF NOT EXISTS main.rate_card_check_rename
BEFORE UPDATE OF api, sku, effective_from ON rate_card
WHEN (NEW.api, NEW.sku, NEW.effective_from) IS NOT (OLD.api, OLD.sku, OLD.effective_from)
BEGIN
  SELECT RAISE(ABORT, 'rate_card: refused') WHERE NOT billing_unused(
    'rate_card.sku', OLD.sku,
    (SELECT 'rate_tier' FROM rate_tier
      WHERE api = OLD.api AND sku = OLD.sku AND effective_from = OLD.effective_from));
END;

CREATE TRIGGER IF NOT EXISTS main.rate_card_check_delete BEFORE DELETE ON rate_card
BEGIN
  SELECT RAISE(ABORT, 'rate_card: refused') WHERE NOT billing_unused(
    'rate_card.sku', OLD.sku,
    (SELECT 'rate_tier' FROM rate_tier
      WHERE api = OLD.api AND sku = OLD.sku AND effective_from = OLD.effective_from));
END;
