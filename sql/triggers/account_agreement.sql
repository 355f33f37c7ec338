-- An agreement decides over usage from its instant on; what is excluded needs no rate.

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_mark_insert AFTER INSERT ON account_agreement
BEGIN
  INSERT INTO _billing_mark_account VALUES (NEW.account_id, utc(NEW.starts_at));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_mark_update AFTER UPDATE ON account_agreement
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_account VALUES (OLD.account_id, min(OLD.starts_at, utc(NEW.starts_at)));
  INSERT INTO _billing_mark_account VALUES (NEW.account_id, min(OLD.starts_at, utc(NEW.starts_at)));
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_agreement_mark_delete AFTER DELETE ON account_agreement
BEGIN
  INSERT INTO _billing_mark_account VALUES (OLD.account_id, OLD.starts_at);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;
