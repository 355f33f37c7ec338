-- While the switch 'alerts' is on, settling puts what it finds about debts into alert_outbox (ext/admin/alerts.c).
CREATE TRIGGER IF NOT EXISTS main._billing_alerts_written AFTER INSERT ON _billing_wallet_state
WHEN (SELECT alerts FROM _billing_change WHERE id = 1)
BEGIN
  SELECT RAISE(ABORT, 'alert_outbox: refused') WHERE billing_alerts_state(1, NEW.wallet_id, NEW.at_ms,
    NEW.debt_units, NEW.negative_since_ms, NEW.blocked_since_ms) IS NULL;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_alerts_taken_back AFTER DELETE ON _billing_wallet_state
WHEN (SELECT alerts FROM _billing_change WHERE id = 1)
BEGIN
  SELECT RAISE(ABORT, 'alert_outbox: refused') WHERE billing_alerts_state(0, OLD.wallet_id, OLD.at_ms,
    OLD.debt_units, OLD.negative_since_ms, OLD.blocked_since_ms) IS NULL;
END;
