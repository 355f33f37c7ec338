-- Derive everything again from the facts. What a closed period holds can't be derived again: it stays, and from the
-- close on settle() takes it from there.
CREATE VIEW IF NOT EXISTS main._billing_rebuild(what) AS VALUES (NULL);

CREATE TRIGGER IF NOT EXISTS main._billing_rebuild_insert INSTEAD OF INSERT ON _billing_rebuild
BEGIN
  DELETE FROM _billing_wallet WHERE NOT EXISTS (SELECT 1 FROM period_close);
  INSERT INTO _billing_wallet(team_id)
    SELECT team_id FROM team WHERE team_id NOT IN (SELECT team_id FROM _billing_wallet) ORDER BY team_id;
  DELETE FROM _billing_closed;
  INSERT INTO _billing_closed SELECT wallet_id, closed_ms FROM _billing_closed_wallet;

  DELETE FROM ledger_entry WHERE lot_id NOT IN (
    SELECT lot_id FROM _billing_holding WHERE wallet_id IN (SELECT wallet_id FROM _billing_closed));
  DELETE FROM _billing_late_units WHERE lot_id NOT IN (
    SELECT lot_id FROM _billing_holding WHERE wallet_id IN (SELECT wallet_id FROM _billing_closed));
  DELETE FROM _billing_settled_lot WHERE lot_id NOT IN (
    SELECT lot_id FROM _billing_holding WHERE wallet_id IN (SELECT wallet_id FROM _billing_closed));
  DELETE FROM _billing_settled_move WHERE lot_id NOT IN (
    SELECT lot_id FROM _billing_holding WHERE wallet_id IN (SELECT wallet_id FROM _billing_closed));
  DELETE FROM _billing_holding WHERE wallet_id NOT IN (SELECT wallet_id FROM _billing_closed);
  DELETE FROM _billing_debt WHERE wallet_id NOT IN (SELECT wallet_id FROM _billing_closed);
  DELETE FROM _billing_wallet_state WHERE wallet_id NOT IN (SELECT wallet_id FROM _billing_closed);
  DELETE FROM _billing_free_usage WHERE wallet_id NOT IN (SELECT wallet_id FROM _billing_closed);
  DELETE FROM _billing_meter WHERE wallet_id NOT IN (SELECT wallet_id FROM _billing_closed);
  DELETE FROM _billing_unrated;
  DELETE FROM _billing_staged_usage;
  DELETE FROM _billing_pending_usage;
  DELETE FROM _billing_pending_wallet;
  DELETE FROM _billing_taken_usage WHERE usage_id <> -1 OR source_id IS NOT NULL;
  INSERT INTO _billing_taken_usage VALUES (-1, NULL) ON CONFLICT DO NOTHING;
  DELETE FROM _billing_key_taken WHERE id NOT IN (1, 2);

  INSERT INTO _billing_meta(name, value)
    SELECT 'settled_upto', iif(autosettle, 9223372036854775807, coalesce((SELECT max(usage_id) FROM usage), 0))
    FROM _billing_change WHERE id = 1
    ON CONFLICT (name) DO UPDATE SET value = excluded.value;
  INSERT INTO _billing_pending_usage
    SELECT usage_id FROM usage WHERE usage_id NOT IN (SELECT usage_id FROM ledger_entry)
      AND usage_id NOT IN (SELECT usage_id FROM _billing_debt)
      AND usage_id NOT IN (SELECT usage_id FROM _billing_free_usage);
  INSERT INTO _billing_mark_all VALUES (NULL);
  UPDATE _billing_change SET stamp = random() WHERE id = 1;
  SELECT RAISE(ABORT, 'billing_rebuild: refused') WHERE settle() IS NULL
    AND NOT EXISTS (SELECT 1 FROM _billing_main);
  DELETE FROM _billing_closed;
END;
