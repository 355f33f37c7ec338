-- While the switch 'alerts' is on, settling writes a wallet's state through this view, so that what it finds about debts
-- comes into alert_outbox (ext/admin/alerts.c). Triggers of the table itself would cost every row of a debt a fifth.
CREATE VIEW IF NOT EXISTS main._billing_alerted_state(
  wallet_id, at_ms, debt_units, negative_since_ms, blocked_since_ms, grace_ends_ms) AS
  SELECT wallet_id, at_ms, debt_units, negative_since_ms, blocked_since_ms, grace_ends_ms FROM _billing_wallet_state;

CREATE TRIGGER IF NOT EXISTS main._billing_alerted_state_insert INSTEAD OF INSERT ON _billing_alerted_state
BEGIN
  INSERT OR REPLACE INTO _billing_wallet_state VALUES (
    NEW.wallet_id, NEW.at_ms, NEW.debt_units, NEW.negative_since_ms, NEW.blocked_since_ms, NEW.grace_ends_ms);
  SELECT RAISE(ABORT, 'alert_outbox: refused') WHERE billing_alerts_state(1, NEW.wallet_id, NEW.at_ms,
    NEW.debt_units, NEW.negative_since_ms, NEW.blocked_since_ms) IS NULL
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_alerted_state_delete INSTEAD OF DELETE ON _billing_alerted_state
BEGIN
  DELETE FROM _billing_wallet_state WHERE wallet_id = OLD.wallet_id AND at_ms = OLD.at_ms;
  SELECT RAISE(ABORT, 'alert_outbox: refused') WHERE billing_alerts_state(0, OLD.wallet_id, OLD.at_ms,
    OLD.debt_units, OLD.negative_since_ms, OLD.blocked_since_ms) IS NULL
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;
