-- See unused_account.sql.
CREATE VIEW IF NOT EXISTS main.unused_kind(kind) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main.unused_kind_insert INSTEAD OF INSERT ON unused_kind
BEGIN
  SELECT RAISE(ABORT, 'token_kind: refused') WHERE NOT billing_unused('token_kind.kind', NEW.kind, (
    SELECT 'token_lot' FROM token_lot WHERE kind = NEW.kind
    UNION ALL SELECT 'kind_api' FROM kind_api WHERE kind = NEW.kind
    UNION ALL SELECT 'policy' FROM policy WHERE name IN ('flex_kind', 'credit_kind') AND value = NEW.kind));
END;
