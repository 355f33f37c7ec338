-- A rate counts from its instant on. The first row of a sku, and the last one that goes, count at all
-- times: before, the card's '*' or an alias spoke for it.

CREATE TRIGGER IF NOT EXISTS main.rate_card_mark_insert AFTER INSERT ON rate_card
BEGIN
  INSERT INTO pending_wallet SELECT 0, iif(EXISTS (
    SELECT 1 FROM rate_card WHERE api = NEW.api AND sku = NEW.sku
      AND effective_from <> NEW.effective_from),
    billing_ms(NEW.effective_from), -62167219200000) WHERE true
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.rate_card_mark_update AFTER UPDATE ON rate_card
BEGIN
  INSERT INTO pending_wallet SELECT 0, iif(NEW.api IS OLD.api AND NEW.sku IS OLD.sku,
    min(billing_ms(OLD.effective_from), billing_ms(NEW.effective_from)), -62167219200000) WHERE true
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.rate_card_mark_delete AFTER DELETE ON rate_card
BEGIN
  INSERT INTO pending_wallet SELECT 0, iif(EXISTS (
    SELECT 1 FROM rate_card WHERE api = OLD.api AND sku = OLD.sku),
    billing_ms(OLD.effective_from), -62167219200000) WHERE true
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;
