-- A team gets its wallet. The first team of an account (by team_id) pays for apps that nobody assigned, so
-- a new first team takes them over. mark_account finds the team too, where it is or was in that account.

CREATE TRIGGER IF NOT EXISTS main._billing_team_mark_insert AFTER INSERT ON team
BEGIN
  INSERT INTO _billing_wallet(team_id) VALUES (NEW.team_id) ON CONFLICT DO NOTHING;
  INSERT INTO _billing_mark_team SELECT min(team_id), NULL FROM team
    WHERE account_id = NEW.account_id AND team_id > NEW.team_id
      AND NOT EXISTS (SELECT 1 FROM team WHERE account_id = NEW.account_id AND team_id < NEW.team_id);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_mark_update AFTER UPDATE OF team_id, account_id ON team
BEGIN
  INSERT INTO _billing_wallet(team_id) VALUES (NEW.team_id) ON CONFLICT DO NOTHING;
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, NULL);
  INSERT INTO _billing_mark_account VALUES (OLD.account_id, NULL);
  INSERT INTO _billing_mark_account VALUES (NEW.account_id, NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_mark_delete AFTER DELETE ON team
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, NULL);
  INSERT INTO _billing_mark_account VALUES (OLD.account_id, NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_replace_insert BEFORE INSERT ON team
WHEN EXISTS (SELECT 1 FROM team WHERE team_id = NEW.team_id AND account_id IS NOT NEW.account_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  UPDATE team SET account_id = NEW.account_id WHERE team_id = NEW.team_id AND 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_replace_update BEFORE UPDATE OF team_id ON team
WHEN NEW.team_id <> OLD.team_id
  AND EXISTS (SELECT 1 FROM team WHERE team_id = NEW.team_id)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  DELETE FROM team WHERE team_id = NEW.team_id AND 2 NOT IN _billing_key_taken;
END;

-- Whether usage hangs on a team is told by what is settled, so it settles first.

CREATE TRIGGER IF NOT EXISTS main._billing_team_settle_delete BEFORE DELETE ON team
BEGIN
  INSERT INTO settlement VALUES (NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_team_settle_update BEFORE UPDATE OF team_id ON team
WHEN NEW.team_id IS NOT OLD.team_id
BEGIN
  INSERT INTO settlement VALUES (NULL);
END;
