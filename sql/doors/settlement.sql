-- The door for clients that take a SELECT for a read: INSERT INTO settlement(team_id) VALUES (…)
-- settles one team, NULL all. Reading it lists the teams that something is marked for.
CREATE VIEW IF NOT EXISTS main.settlement(team_id) AS
  SELECT team_id FROM _billing_wallet
  WHERE wallet_id IN (SELECT wallet_id FROM _billing_pending_wallet)
    OR EXISTS (SELECT 1 FROM _billing_pending_wallet WHERE wallet_id = 0);

CREATE TRIGGER IF NOT EXISTS main._billing_settlement_insert INSTEAD OF INSERT ON settlement
BEGIN
  SELECT RAISE(ABORT, 'settle: refused') WHERE settle(NEW.team_id) IS NULL
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;
