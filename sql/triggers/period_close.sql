-- A close keeps what lies before it; re-opening the last one settles from the close before it again.

-- Settles first: what is settled then is what the close makes final, and facts of other teams may bring
-- usage here.
CREATE TRIGGER IF NOT EXISTS main._billing_period_close_check_insert BEFORE INSERT ON period_close
BEGIN
  SELECT RAISE(ABORT, 'period_close: refused')
  WHERE NOT billing_valid_row('period_close', NEW.team_id, NEW.closed_until);
  INSERT INTO _billing_settlement VALUES (NULL, 0);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_check_update BEFORE UPDATE ON period_close
BEGIN
  SELECT billing_keep_close(OLD.closed_until) WHERE NOT EXISTS (SELECT 1 FROM _billing_main);
END;

-- Ties that are not settled yet are seen as well: under a later close nothing could be settled anew.
CREATE TRIGGER IF NOT EXISTS main._billing_period_close_check_delete BEFORE DELETE ON period_close
BEGIN
  INSERT INTO _billing_settlement VALUES (NULL, 0);
  SELECT RAISE(ABORT, 'period_close: refused')
  WHERE NOT billing_keep_reopen(OLD.team_id, OLD.closed_until);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_mark_insert AFTER INSERT ON period_close
BEGIN
  SELECT RAISE(ABORT, 'period_close: refused') WHERE NOT billing_keep_closed(NEW.team_id);
  UPDATE _billing_change SET stamp = random();
  INSERT OR REPLACE INTO _billing_meta SELECT 'closed_stamp', stamp FROM _billing_change;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_period_close_mark_delete AFTER DELETE ON period_close
BEGIN
  SELECT RAISE(ABORT, 'period_close: refused') WHERE NOT billing_keep_closed(OLD.team_id);
  INSERT INTO _billing_mark_team
    SELECT OLD.team_id, max(closed_until) FROM period_close WHERE team_id = OLD.team_id;
  UPDATE _billing_change SET stamp = random();
END;

-- Facts that are settled inside a closed period.

CREATE TRIGGER IF NOT EXISTS main._billing_usage_keep_update
BEFORE UPDATE OF usage_id, client_id, api, sku, quantity, occurred_at, outcome ON usage
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'usage: refused')
  WHERE NOT billing_keep_usage(OLD.usage_id, OLD.client_id, OLD.occurred_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_usage_keep_delete BEFORE DELETE ON usage
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'usage: refused')
  WHERE NOT billing_keep_usage(OLD.usage_id, OLD.client_id, OLD.occurred_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_keep_update
BEFORE UPDATE OF lot_id, team_id, kind, tokens, purchased_at, expires_at, voided_at ON token_lot
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused') WHERE NOT billing_keep_lot(OLD.lot_id, OLD.team_id,
    NEW.lot_id IS NOT OLD.lot_id OR NEW.team_id IS NOT OLD.team_id OR NEW.kind IS NOT OLD.kind
      OR NEW.tokens IS NOT OLD.tokens OR utc(NEW.purchased_at, 0) IS NOT OLD.purchased_at,
    CASE WHEN utc(NEW.expires_at, 0) IS NOT OLD.expires_at THEN coalesce(
      (SELECT billing_time(expires_ms) FROM _billing_settled_lot WHERE lot_id = OLD.lot_id),
      OLD.expires_at) END,
    CASE WHEN utc(NEW.expires_at, 0) IS NOT OLD.expires_at THEN coalesce(
      utc(NEW.expires_at, 0),
      datetime(NEW.purchased_at, (SELECT value FROM policy WHERE name = 'lot_term'))) END,
    CASE WHEN utc(NEW.voided_at, 0) IS NOT OLD.voided_at THEN OLD.voided_at END);
END;

-- A lot that leaves an open team for a closed one would bring a past along that the close does not know.
CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_keep_team BEFORE UPDATE OF team_id ON token_lot
WHEN NEW.team_id IS NOT OLD.team_id AND EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_settlement VALUES (NULL, 0);
  SELECT RAISE(ABORT, 'token_lot: refused')
  WHERE NOT billing_keep_lot(OLD.lot_id, NEW.team_id, 1);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_keep_delete BEFORE DELETE ON token_lot
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'token_lot: refused')
  WHERE NOT billing_keep_lot(OLD.lot_id, OLD.team_id, 1);
END;

-- Moves tie teams together, and the last close of any of them holds for all. So what a new tie closes is
-- settled before it. And where a tie may go, all is settled again twice (sql/doors/untie.sql).

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_keep_insert BEFORE INSERT ON lot_move
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_settlement VALUES (NULL, 0);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_keep_update BEFORE UPDATE ON lot_move
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'lot_move: refused')
  WHERE NOT billing_keep_move(OLD.lot_id, OLD.team_id, OLD.moved_at);
  INSERT INTO _billing_settlement VALUES (NULL, 0);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_keep_delete BEFORE DELETE ON lot_move
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'lot_move: refused')
  WHERE NOT billing_keep_move(OLD.lot_id, OLD.team_id, OLD.moved_at);
  INSERT INTO _billing_settlement VALUES (NULL, 0);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_untie_update AFTER UPDATE ON lot_move
WHEN NOT billing_respelling() AND EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_untie VALUES (OLD.lot_id, NEW.lot_id, OLD.team_id);
  UPDATE _billing_change SET stamp = random();
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_untie_delete AFTER DELETE ON lot_move
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_untie VALUES (OLD.lot_id, OLD.lot_id, OLD.team_id);
  UPDATE _billing_change SET stamp = random();
END;

-- A lot that gets another first team ties, and unties, likewise: what is stored still has the old one.

CREATE TRIGGER IF NOT EXISTS main._billing_token_lot_untie_update AFTER UPDATE OF team_id ON token_lot
WHEN NOT billing_respelling() AND NEW.team_id IS NOT OLD.team_id AND EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_untie VALUES (OLD.lot_id, NEW.lot_id, OLD.team_id);
  UPDATE _billing_change SET stamp = random();
END;

-- What a move counted at goes with the move.

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_forget_update AFTER UPDATE OF lot_id, moved_at ON lot_move
WHEN NOT billing_respelling()
BEGIN
  DELETE FROM _billing_settled_move WHERE lot_id = OLD.lot_id AND moved_ms = billing_ms(OLD.moved_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_forget_delete AFTER DELETE ON lot_move
BEGIN
  DELETE FROM _billing_settled_move WHERE lot_id = OLD.lot_id AND moved_ms = billing_ms(OLD.moved_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_keep_update BEFORE UPDATE ON unblock
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'unblock: refused')
  WHERE NOT billing_keep_unblock(OLD.team_id, OLD.unblocked_at);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_unblock_keep_delete BEFORE DELETE ON unblock
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'unblock: refused')
  WHERE NOT billing_keep_unblock(OLD.team_id, OLD.unblocked_at);
END;

-- A tie closes what was open: it keeps what it reads as well.

CREATE TRIGGER IF NOT EXISTS main._billing_lot_move_keep_closed AFTER INSERT ON lot_move
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  SELECT RAISE(ABORT, 'lot_move: refused') WHERE NOT billing_keep_closed(NEW.team_id);
END;

-- Policies that an instant is read by. Those that settling goes by count from the close on.

CREATE TRIGGER IF NOT EXISTS main._billing_policy_keep_insert BEFORE INSERT ON policy
WHEN EXISTS (SELECT 1 FROM policy WHERE name = NEW.name AND value IS NOT NEW.value)
  AND EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_replacing VALUES (NULL);
  INSERT INTO _billing_keep_policy SELECT NEW.name WHERE 2 NOT IN _billing_key_taken;
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_keep_update AFTER UPDATE ON policy
WHEN (NEW.name IS NOT OLD.name OR NEW.value IS NOT OLD.value) AND EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_keep_policy VALUES (OLD.name);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_keep_delete AFTER DELETE ON policy
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_keep_policy VALUES (OLD.name);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_keep_insert AFTER INSERT ON policy_change
WHEN EXISTS (SELECT 1 FROM period_close WHERE closed_until > utc(NEW.effective_from))
BEGIN
  INSERT INTO _billing_keep_policy VALUES (NEW.name);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_keep_update AFTER UPDATE ON policy_change
WHEN NOT billing_respelling() AND EXISTS (SELECT 1 FROM period_close WHERE closed_until > min(OLD.effective_from, utc(NEW.effective_from)))
BEGIN
  INSERT INTO _billing_keep_policy VALUES (OLD.name), (NEW.name);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_policy_change_keep_delete AFTER DELETE ON policy_change
WHEN EXISTS (SELECT 1 FROM period_close WHERE closed_until > OLD.effective_from)
BEGIN
  INSERT INTO _billing_keep_policy VALUES (OLD.name);
END;

-- Names that settled usage of a closed period is shown by.

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_keep_insert BEFORE INSERT ON sku_alias
WHEN EXISTS (SELECT 1 FROM period_close WHERE closed_until > utc(NEW.effective_from, 0))
BEGIN
  INSERT INTO _billing_keep_name VALUES (NEW.api, NEW.alias, utc(NEW.effective_from));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_keep_update BEFORE UPDATE ON sku_alias
WHEN NOT billing_respelling() AND EXISTS (SELECT 1 FROM period_close WHERE closed_until > min(OLD.effective_from, utc(NEW.effective_from, 0)))
BEGIN
  INSERT INTO _billing_keep_name VALUES (OLD.api, OLD.alias, OLD.effective_from),
    (NEW.api, NEW.alias, utc(NEW.effective_from));
END;

CREATE TRIGGER IF NOT EXISTS main._billing_sku_alias_keep_delete BEFORE DELETE ON sku_alias
WHEN EXISTS (SELECT 1 FROM period_close WHERE closed_until > OLD.effective_from)
BEGIN
  INSERT INTO _billing_keep_name VALUES (OLD.api, OLD.alias, OLD.effective_from);
END;

-- A sku that the card lists stands for itself, another one may be what '*' names: the first row of a sku, and the
-- last one that goes, change its name.

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_keep_insert BEFORE INSERT ON rate_card
WHEN EXISTS (SELECT 1 FROM period_close)
  AND NOT EXISTS (SELECT 1 FROM rate_card WHERE api = NEW.api AND sku = NEW.sku)
BEGIN
  INSERT INTO _billing_keep_name VALUES (NEW.api, NEW.sku, NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_keep_update BEFORE UPDATE OF api, sku ON rate_card
WHEN EXISTS (SELECT 1 FROM period_close) AND (NEW.api, NEW.sku) IS NOT (OLD.api, OLD.sku)
BEGIN
  INSERT INTO _billing_keep_name VALUES (OLD.api, OLD.sku, NULL), (NEW.api, NEW.sku, NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_rate_card_keep_delete BEFORE DELETE ON rate_card
WHEN EXISTS (SELECT 1 FROM period_close)
  AND NOT EXISTS (SELECT 1 FROM rate_card WHERE api = OLD.api AND sku = OLD.sku
    AND effective_from <> OLD.effective_from)
BEGIN
  INSERT INTO _billing_keep_name VALUES (OLD.api, OLD.sku, NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_keep_insert BEFORE INSERT ON api_alias
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_keep_name VALUES (NEW.alias, NULL, NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_keep_update BEFORE UPDATE ON api_alias
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_keep_name VALUES (OLD.alias, NULL, NULL), (NEW.alias, NULL, NULL);
END;

CREATE TRIGGER IF NOT EXISTS main._billing_api_alias_keep_delete BEFORE DELETE ON api_alias
WHEN EXISTS (SELECT 1 FROM period_close)
BEGIN
  INSERT INTO _billing_keep_name VALUES (OLD.alias, NULL, NULL);
END;
