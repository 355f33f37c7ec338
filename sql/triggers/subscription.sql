-- Where Flex is not sold, credits live no longer than the subscription (Q32).

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_mark_insert AFTER INSERT ON subscription
BEGIN
  INSERT INTO _billing_mark_account VALUES (NEW.account_id, NULL);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_mark_update AFTER UPDATE ON subscription
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_account VALUES (OLD.account_id, NULL);
  INSERT INTO _billing_mark_account VALUES (NEW.account_id, NULL);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_subscription_mark_delete AFTER DELETE ON subscription
BEGIN
  INSERT INTO _billing_mark_account VALUES (OLD.account_id, NULL);
  UPDATE _billing_change SET stamp = random();
END;
