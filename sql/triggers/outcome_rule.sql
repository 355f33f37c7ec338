-- The factor of an outcome concerns all usage.

CREATE TRIGGER IF NOT EXISTS main.outcome_rule_mark_insert AFTER INSERT ON outcome_rule
BEGIN
  INSERT INTO pending_wallet VALUES (0, -62167219200000)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.outcome_rule_mark_update AFTER UPDATE ON outcome_rule
BEGIN
  INSERT INTO pending_wallet VALUES (0, -62167219200000)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.outcome_rule_mark_delete AFTER DELETE ON outcome_rule
BEGIN
  INSERT INTO pending_wallet VALUES (0, -62167219200000)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random() WHERE id = 1;
END;
