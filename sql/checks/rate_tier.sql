CREATE TRIGGER IF NOT EXISTS main.rate_tier_check_insert BEFORE INSERT ON rate_tier
BEGIN
  SELECT RAISE(ABORT, 'rate_tier: refused') WHERE NOT billing_valid_rate_tier(
    NEW.api, NEW.sku, NEW.effective_from, NEW.above, NEW.tokens,
    EXISTS (
      SELECT 1 FROM rate_card
      WHERE api = NEW.api AND sku = NEW.sku AND effective_from = NEW.effective_from),
    (SELECT count(*) FROM rate_tier
      WHERE api = NEW.api AND sku = NEW.sku AND effective_from = NEW.effective_from
        AND above <> NEW.above));
  INSERT INTO key_taken_by SELECT 'rate_tier.above', NEW.above FROM rate_tier
    WHERE api = NEW.api AND sku = NEW.sku AND effective_from = NEW.effective_from AND above = NEW.above
      AND tokens IS NOT NEW.tokens;
END;

CREATE TRIGGER IF NOT EXISTS main.rate_tier_check_update BEFORE UPDATE ON rate_tier
BEGIN
  SELECT RAISE(ABORT, 'rate_tier: refused') WHERE NOT billing_valid_rate_tier(
    NEW.api, NEW.sku, NEW.effective_from, NEW.above, NEW.tokens,
    EXISTS (
      SELECT 1 FROM rate_card
      WHERE api = NEW.api AND sku = NEW.sku AND effective_from = NEW.effective_from),
    (SELECT count(*) FROM rate_tier
      WHERE api = NEW.api AND sku = NEW.sku AND effective_from = NEW.effective_from
        AND above <> NEW.above));
END;
