-- Agreement, trial and country decide over all usage and lots of the account's teams.

CREATE TRIGGER IF NOT EXISTS main._billing_account_mark_insert AFTER INSERT ON account
BEGIN
  INSERT INTO _billing_mark_account VALUES (NEW.account_id, NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_mark_update
AFTER UPDATE OF account_id, country, agreement, trial_started_at, trial_ended_at ON account
WHEN NOT billing_respelling()
BEGIN
  INSERT INTO _billing_mark_account VALUES (OLD.account_id, NULL);
  INSERT INTO _billing_mark_account VALUES (NEW.account_id, NULL);
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_account_mark_delete AFTER DELETE ON account
BEGIN
  UPDATE _billing_change SET stamp = random(), retry = 1;
END;
