-- INSERT INTO settlement(team_id) settles one team, NULL all; with rebuild 1 everything is derived again. The table
-- settlement hands its rows to this view: a nested INSERT is undone as a whole, a virtual table's own write is not.
CREATE VIEW IF NOT EXISTS main._billing_settlement(team_id, rebuild) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_settlement_insert INSTEAD OF INSERT ON _billing_settlement
BEGIN
  INSERT INTO _billing_rebuild SELECT 1 WHERE NEW.rebuild;
  SELECT RAISE(ABORT, 'settle: refused') WHERE settle(NEW.team_id) IS NULL
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
END;

-- The teams that something is marked for.
CREATE VIEW IF NOT EXISTS main._billing_waiting(team_id) AS
  SELECT team_id FROM _billing_wallet
  WHERE wallet_id IN (SELECT wallet_id FROM _billing_pending_wallet)
    OR EXISTS (SELECT 1 FROM _billing_pending_wallet WHERE wallet_id = 0);
