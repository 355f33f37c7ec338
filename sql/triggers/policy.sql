-- Policies that settlement follows; the others only concern reading tables.

CREATE TRIGGER IF NOT EXISTS main.policy_mark_insert AFTER INSERT ON policy
WHEN (NEW.name IN ('grace_days', 'trial_days', 'lot_term', 'restore', 'flex_kind', 'credit_kind'))
BEGIN
  INSERT INTO pending_wallet VALUES (0, -62167219200000)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.policy_mark_update AFTER UPDATE ON policy
WHEN (NEW.name IN ('grace_days', 'trial_days', 'lot_term', 'restore', 'flex_kind', 'credit_kind')) OR (OLD.name IN ('grace_days', 'trial_days', 'lot_term', 'restore', 'flex_kind', 'credit_kind'))
BEGIN
  INSERT INTO pending_wallet VALUES (0, -62167219200000)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;

CREATE TRIGGER IF NOT EXISTS main.policy_mark_delete AFTER DELETE ON policy
WHEN (OLD.name IN ('grace_days', 'trial_days', 'lot_term', 'restore', 'flex_kind', 'credit_kind'))
BEGIN
  INSERT INTO pending_wallet VALUES (0, -62167219200000)
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
  UPDATE billing_change SET stamp = random(), retry = 1 WHERE id = 1;
END;
