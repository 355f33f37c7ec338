-- The wallet of a team.
CREATE VIEW IF NOT EXISTS main.mark_team(team_id, since) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main.mark_team_insert INSTEAD OF INSERT ON mark_team
BEGIN
  INSERT INTO pending_wallet
    SELECT wallet_id, coalesce(billing_ms(NEW.since), -62167219200000) FROM wallet
    WHERE team_id = NEW.team_id
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
END;
