-- The wallet of a team.
CREATE VIEW IF NOT EXISTS main._billing_mark_team(team_id, since) AS VALUES (NULL, NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_mark_team_insert INSTEAD OF INSERT ON _billing_mark_team
BEGIN
  INSERT INTO _billing_pending_wallet
    SELECT wallet_id, coalesce(billing_ms(NEW.since), -62167219200000) FROM _billing_wallet
    WHERE team_id = NEW.team_id
  ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms);
END;
