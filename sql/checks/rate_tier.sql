CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_check_insert BEFORE INSERT ON rate_tier
BEGIN
  INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(
    'rate_tier', NEW.api, NEW.sku, NEW.effective_from, NEW.above, NEW.tokens), NEW.above);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_tier_check_update BEFORE UPDATE ON rate_tier
BEGIN
  SELECT RAISE(ABORT, 'rate_tier: refused') WHERE NOT billing_valid_row(
    'rate_tier', NEW.api, NEW.sku, NEW.effective_from, NEW.above, NEW.tokens);
END;
