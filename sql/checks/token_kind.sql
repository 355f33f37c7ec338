CREATE TRIGGER IF NOT EXISTS main.token_kind_check_insert BEFORE INSERT ON token_kind
BEGIN
  SELECT RAISE(ABORT, 'token_kind: refused') WHERE NOT billing_valid_token_kind(
    NEW.kind, NEW.rank, NEW.name);
END;

CREATE TRIGGER IF NOT EXISTS main.token_kind_check_update BEFORE UPDATE ON token_kind
BEGIN
  SELECT RAISE(ABORT, 'token_kind: refused') WHERE NOT billing_valid_token_kind(
    NEW.kind, NEW.rank, NEW.name);
END;

CREATE TRIGGER IF NOT EXISTS main.token_kind_check_rename BEFORE UPDATE ON token_kind
WHEN NEW.kind IS NOT OLD.kind
BEGIN
  SELECT RAISE(ABORT, 'token_kind: refused') WHERE NOT billing_unused(
    'token_kind.kind', OLD.kind,
    CASE
      WHEN EXISTS (SELECT 1 FROM token_lot WHERE kind = OLD.kind) THEN 'token_lot'
      WHEN EXISTS (SELECT 1 FROM kind_api WHERE kind = OLD.kind) THEN 'kind_api'
      WHEN EXISTS (
        SELECT 1 FROM policy
        WHERE name IN ('flex_kind', 'credit_kind') AND value = OLD.kind)
        THEN 'policy'
    END);
END;

CREATE TRIGGER IF NOT EXISTS main.token_kind_check_delete BEFORE DELETE ON token_kind
BEGIN
  SELECT RAISE(ABORT, 'token_kind: refused') WHERE NOT billing_unused(
    'token_kind.kind', OLD.kind,
    CASE
      WHEN EXISTS (SELECT 1 FROM token_lot WHERE kind = OLD.kind) THEN 'token_lot'
      WHEN EXISTS (SELECT 1 FROM kind_api WHERE kind = OLD.kind) THEN 'kind_api'
      WHEN EXISTS (
        SELECT 1 FROM policy
        WHERE name IN ('flex_kind', 'credit_kind') AND value = OLD.kind)
        THEN 'policy'
    END);
END;
