-- Support lifts a block from that instant on.

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_mark_insert AFTER INSERT ON unblock
BEGIN
  INSERT INTO _billing_mark_team VALUES (NEW.team_id, utc(NEW.unblocked_at));
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_mark_update AFTER UPDATE ON unblock
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, min(OLD.unblocked_at, utc(NEW.unblocked_at)));
  INSERT INTO _billing_mark_team VALUES (NEW.team_id, min(OLD.unblocked_at, utc(NEW.unblocked_at)));
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_mark_delete AFTER DELETE ON unblock
BEGIN
  INSERT INTO _billing_mark_team VALUES (OLD.team_id, OLD.unblocked_at);
  UPDATE _billing_change SET stamp = random();
END;
