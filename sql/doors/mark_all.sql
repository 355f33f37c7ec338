-- The doors to the marks. A trigger of a fact says INSERT INTO mark_… VALUES (what, since): settle it again
-- from that time on, NULL: from the beginning. This one: every wallet.
CREATE VIEW IF NOT EXISTS main._billing_mark_all(since) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_mark_all_insert INSTEAD OF INSERT ON _billing_mark_all
BEGIN
  INSERT INTO _billing_pending_wallet VALUES (0, coalesce(billing_ms(NEW.since), -62167219200000))
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
END;
