CREATE TRIGGER IF NOT EXISTS main.rate_tier_check_insert BEFORE INSERT ON rate_tier
BEGIN
  SELECT RAISE(ABORT,
    'rate_tier: graduated prices are not supported yet, give one price in rate_card');
END;

CREATE TRIGGER IF NOT EXISTS main.rate_tier_check_update BEFORE UPDATE ON rate_tier
BEGIN
  SELECT RAISE(ABORT,
    'rate_tier: graduated prices are not supported yet, give one price in rate_card');
END;
