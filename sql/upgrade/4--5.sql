-- Schema 4 to 5: what is ours alone gets the prefix _billing_. Views, triggers and indexes are made
-- again by install.sql under their new names; from schema 5 on the prefix shows which ones to drop.

-- What was a trigger is a switch now.
CREATE TABLE main.billing_setting(
  name  TEXT PRIMARY KEY ON CONFLICT REPLACE,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO main.billing_setting(name, value)
  SELECT s.column1,
    EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'trigger' AND name = s.column2)
  FROM (VALUES ('autosettle', 'billing_autosettle'), ('guard', 'billing_guard'),
    ('alerts', 'billing_alerts_told')) s;

DROP VIEW IF EXISTS main.key_taken_by;
DROP VIEW IF EXISTS main.mark_account;
DROP VIEW IF EXISTS main.mark_all;
DROP VIEW IF EXISTS main.mark_app;
DROP VIEW IF EXISTS main.mark_payers;
DROP VIEW IF EXISTS main.mark_team;
DROP VIEW IF EXISTS main.mark_tied;
DROP VIEW IF EXISTS main.replacing;
DROP VIEW IF EXISTS main.settled_policy;
DROP VIEW IF EXISTS main.settlement;
DROP VIEW IF EXISTS main.untie;
DROP TRIGGER IF EXISTS main.account_check_delete;
DROP TRIGGER IF EXISTS main.account_check_insert;
DROP TRIGGER IF EXISTS main.account_check_update;
DROP TRIGGER IF EXISTS main.account_mark_delete;
DROP TRIGGER IF EXISTS main.account_mark_insert;
DROP TRIGGER IF EXISTS main.account_mark_update;
DROP TRIGGER IF EXISTS main.alert_outbox_once;
DROP TRIGGER IF EXISTS main.api_alias_check_insert;
DROP TRIGGER IF EXISTS main.api_alias_check_update;
DROP TRIGGER IF EXISTS main.api_alias_mark_delete;
DROP TRIGGER IF EXISTS main.api_alias_mark_insert;
DROP TRIGGER IF EXISTS main.api_alias_mark_update;
DROP TRIGGER IF EXISTS main.api_alias_replace_insert;
DROP TRIGGER IF EXISTS main.api_check_delete;
DROP TRIGGER IF EXISTS main.api_check_insert;
DROP TRIGGER IF EXISTS main.api_check_update;
DROP TRIGGER IF EXISTS main.api_mark_delete;
DROP TRIGGER IF EXISTS main.api_mark_insert;
DROP TRIGGER IF EXISTS main.api_mark_update;
DROP TRIGGER IF EXISTS main.api_replace_insert;
DROP TRIGGER IF EXISTS main.app_check_delete;
DROP TRIGGER IF EXISTS main.app_check_insert;
DROP TRIGGER IF EXISTS main.app_check_transfer;
DROP TRIGGER IF EXISTS main.app_check_update;
DROP TRIGGER IF EXISTS main.app_mark_delete;
DROP TRIGGER IF EXISTS main.app_mark_insert;
DROP TRIGGER IF EXISTS main.app_mark_update;
DROP TRIGGER IF EXISTS main.app_replace_insert;
DROP TRIGGER IF EXISTS main.app_replace_update;
DROP TRIGGER IF EXISTS main.app_team_check_insert;
DROP TRIGGER IF EXISTS main.app_team_check_update;
DROP TRIGGER IF EXISTS main.app_team_mark_delete;
DROP TRIGGER IF EXISTS main.app_team_mark_insert;
DROP TRIGGER IF EXISTS main.app_team_mark_update;
DROP TRIGGER IF EXISTS main.app_team_replace_insert;
DROP TRIGGER IF EXISTS main.app_team_replace_update;
DROP TRIGGER IF EXISTS main.billing_alerts_taken_back;
DROP TRIGGER IF EXISTS main.billing_alerts_told;
DROP TRIGGER IF EXISTS main.billing_autosettle;
DROP TRIGGER IF EXISTS main.billing_guard;
DROP TRIGGER IF EXISTS main.budget_check_insert;
DROP TRIGGER IF EXISTS main.budget_check_update;
DROP TRIGGER IF EXISTS main.country_check_insert;
DROP TRIGGER IF EXISTS main.country_check_update;
DROP TRIGGER IF EXISTS main.country_mark_delete;
DROP TRIGGER IF EXISTS main.country_mark_insert;
DROP TRIGGER IF EXISTS main.country_mark_update;
DROP TRIGGER IF EXISTS main.kind_api_check_insert;
DROP TRIGGER IF EXISTS main.kind_api_check_update;
DROP TRIGGER IF EXISTS main.kind_api_mark_delete;
DROP TRIGGER IF EXISTS main.kind_api_mark_insert;
DROP TRIGGER IF EXISTS main.kind_api_mark_update;
DROP TRIGGER IF EXISTS main.lot_move_check_insert;
DROP TRIGGER IF EXISTS main.lot_move_check_update;
DROP TRIGGER IF EXISTS main.lot_move_forget_delete;
DROP TRIGGER IF EXISTS main.lot_move_forget_update;
DROP TRIGGER IF EXISTS main.lot_move_keep_delete;
DROP TRIGGER IF EXISTS main.lot_move_keep_insert;
DROP TRIGGER IF EXISTS main.lot_move_keep_update;
DROP TRIGGER IF EXISTS main.lot_move_mark_delete;
DROP TRIGGER IF EXISTS main.lot_move_mark_insert;
DROP TRIGGER IF EXISTS main.lot_move_mark_update;
DROP TRIGGER IF EXISTS main.lot_move_replace_insert;
DROP TRIGGER IF EXISTS main.lot_move_replace_update;
DROP TRIGGER IF EXISTS main.lot_move_untie_delete;
DROP TRIGGER IF EXISTS main.lot_move_untie_update;
DROP TRIGGER IF EXISTS main.outcome_rule_check_insert;
DROP TRIGGER IF EXISTS main.outcome_rule_check_update;
DROP TRIGGER IF EXISTS main.outcome_rule_mark_delete;
DROP TRIGGER IF EXISTS main.outcome_rule_mark_insert;
DROP TRIGGER IF EXISTS main.outcome_rule_mark_update;
DROP TRIGGER IF EXISTS main.period_close_check_delete;
DROP TRIGGER IF EXISTS main.period_close_check_insert;
DROP TRIGGER IF EXISTS main.period_close_check_update;
DROP TRIGGER IF EXISTS main.period_close_mark_delete;
DROP TRIGGER IF EXISTS main.period_close_mark_insert;
DROP TRIGGER IF EXISTS main.policy_check_insert;
DROP TRIGGER IF EXISTS main.policy_check_update;
DROP TRIGGER IF EXISTS main.policy_mark_delete;
DROP TRIGGER IF EXISTS main.policy_mark_insert;
DROP TRIGGER IF EXISTS main.policy_mark_update;
DROP TRIGGER IF EXISTS main.product_assignment_check_insert;
DROP TRIGGER IF EXISTS main.product_assignment_check_update;
DROP TRIGGER IF EXISTS main.product_assignment_mark_delete;
DROP TRIGGER IF EXISTS main.product_assignment_mark_insert;
DROP TRIGGER IF EXISTS main.product_assignment_mark_update;
DROP TRIGGER IF EXISTS main.product_assignment_replace_insert;
DROP TRIGGER IF EXISTS main.product_assignment_replace_update;
DROP TRIGGER IF EXISTS main.rate_card_check_delete;
DROP TRIGGER IF EXISTS main.rate_card_check_insert;
DROP TRIGGER IF EXISTS main.rate_card_check_update;
DROP TRIGGER IF EXISTS main.rate_card_mark_delete;
DROP TRIGGER IF EXISTS main.rate_card_mark_insert;
DROP TRIGGER IF EXISTS main.rate_card_mark_update;
DROP TRIGGER IF EXISTS main.rate_tier_check_insert;
DROP TRIGGER IF EXISTS main.rate_tier_check_update;
DROP TRIGGER IF EXISTS main.rate_tier_mark_delete;
DROP TRIGGER IF EXISTS main.rate_tier_mark_insert;
DROP TRIGGER IF EXISTS main.rate_tier_mark_update;
DROP TRIGGER IF EXISTS main.sku_alias_check_insert;
DROP TRIGGER IF EXISTS main.sku_alias_check_update;
DROP TRIGGER IF EXISTS main.sku_alias_mark_delete;
DROP TRIGGER IF EXISTS main.sku_alias_mark_insert;
DROP TRIGGER IF EXISTS main.sku_alias_mark_update;
DROP TRIGGER IF EXISTS main.subscription_check_insert;
DROP TRIGGER IF EXISTS main.subscription_check_update;
DROP TRIGGER IF EXISTS main.subscription_mark_delete;
DROP TRIGGER IF EXISTS main.subscription_mark_insert;
DROP TRIGGER IF EXISTS main.subscription_mark_update;
DROP TRIGGER IF EXISTS main.taken_usage_update;
DROP TRIGGER IF EXISTS main.team_check_delete;
DROP TRIGGER IF EXISTS main.team_check_insert;
DROP TRIGGER IF EXISTS main.team_check_update;
DROP TRIGGER IF EXISTS main.team_mark_delete;
DROP TRIGGER IF EXISTS main.team_mark_insert;
DROP TRIGGER IF EXISTS main.team_mark_update;
DROP TRIGGER IF EXISTS main.team_replace_insert;
DROP TRIGGER IF EXISTS main.team_replace_update;
DROP TRIGGER IF EXISTS main.token_kind_check_delete;
DROP TRIGGER IF EXISTS main.token_kind_check_insert;
DROP TRIGGER IF EXISTS main.token_kind_check_update;
DROP TRIGGER IF EXISTS main.token_kind_mark_delete;
DROP TRIGGER IF EXISTS main.token_kind_mark_insert;
DROP TRIGGER IF EXISTS main.token_kind_mark_update;
DROP TRIGGER IF EXISTS main.token_lot_check_delete;
DROP TRIGGER IF EXISTS main.token_lot_check_insert;
DROP TRIGGER IF EXISTS main.token_lot_check_update;
DROP TRIGGER IF EXISTS main.token_lot_keep_delete;
DROP TRIGGER IF EXISTS main.token_lot_keep_team;
DROP TRIGGER IF EXISTS main.token_lot_keep_update;
DROP TRIGGER IF EXISTS main.token_lot_mark_delete;
DROP TRIGGER IF EXISTS main.token_lot_mark_insert;
DROP TRIGGER IF EXISTS main.token_lot_mark_update;
DROP TRIGGER IF EXISTS main.token_lot_replace_insert;
DROP TRIGGER IF EXISTS main.token_lot_replace_update;
DROP TRIGGER IF EXISTS main.token_lot_untie_update;
DROP TRIGGER IF EXISTS main.unblock_check_insert;
DROP TRIGGER IF EXISTS main.unblock_check_update;
DROP TRIGGER IF EXISTS main.unblock_keep_delete;
DROP TRIGGER IF EXISTS main.unblock_keep_update;
DROP TRIGGER IF EXISTS main.unblock_mark_delete;
DROP TRIGGER IF EXISTS main.unblock_mark_insert;
DROP TRIGGER IF EXISTS main.unblock_mark_update;
DROP TRIGGER IF EXISTS main.usage_check_insert;
DROP TRIGGER IF EXISTS main.usage_check_update;
DROP TRIGGER IF EXISTS main.usage_keep_delete;
DROP TRIGGER IF EXISTS main.usage_keep_update;
DROP TRIGGER IF EXISTS main.usage_mark_delete;
DROP TRIGGER IF EXISTS main.usage_mark_insert;
DROP TRIGGER IF EXISTS main.usage_mark_update;
DROP TRIGGER IF EXISTS main.usage_replace_update;
DROP INDEX IF EXISTS main.alert_outbox_waiting;
DROP INDEX IF EXISTS main.budget_by_team;
DROP INDEX IF EXISTS main.budget_by_app;
DROP INDEX IF EXISTS main.lot_move_by_team;
DROP INDEX IF EXISTS main.team_by_account;
DROP INDEX IF EXISTS main.token_lot_by_team;
DROP INDEX IF EXISTS main.lot_stay_by_lot;

ALTER TABLE main.billing_change RENAME TO _billing_change;
ALTER TABLE main.billing_meta RENAME TO _billing_meta;
ALTER TABLE main.debt RENAME TO _billing_debt;
ALTER TABLE main.free_usage RENAME TO _billing_free_usage;
DROP TABLE main.key_taken;
ALTER TABLE main.lot_stay RENAME TO _billing_holding;
ALTER TABLE main.meter RENAME TO _billing_meter;
ALTER TABLE main.pending_usage RENAME TO _billing_pending_usage;
ALTER TABLE main.pending_wallet RENAME TO _billing_pending_wallet;
ALTER TABLE main.settled_lot RENAME TO _billing_settled_lot;
ALTER TABLE main._billing_settled_lot ADD COLUMN late_from_ms INTEGER;
ALTER TABLE main._billing_settled_lot ADD COLUMN late_to_ms INTEGER;
ALTER TABLE main._billing_settled_lot ADD COLUMN late_units INTEGER;
ALTER TABLE main.settled_move RENAME TO _billing_settled_move;
ALTER TABLE main.settling RENAME TO _billing_staged_usage;
ALTER TABLE main.standing RENAME TO _billing_wallet_state;
ALTER TABLE main._billing_wallet_state ADD COLUMN grace_ends_ms INTEGER;
UPDATE main._billing_wallet_state SET grace_ends_ms = negative_since_ms + CAST(
  coalesce((SELECT value FROM main.policy WHERE name = 'grace_days'), 14) * 86400000.0 + 0.5
  AS INTEGER)
  WHERE negative_since_ms IS NOT NULL;
DROP TABLE main.taken_usage;
ALTER TABLE main.unrated RENAME TO _billing_unrated;
ALTER TABLE main.wallet RENAME TO _billing_wallet;
UPDATE main._billing_meta SET value = 5 WHERE name = 'schema_version';

ALTER TABLE main._billing_change ADD COLUMN autosettle INTEGER NOT NULL DEFAULT 0;
ALTER TABLE main._billing_change ADD COLUMN guard INTEGER NOT NULL DEFAULT 0;
ALTER TABLE main._billing_change ADD COLUMN alerts INTEGER NOT NULL DEFAULT 0;
UPDATE main._billing_change SET
  autosettle = (SELECT value FROM main.billing_setting WHERE name = 'autosettle'),
  guard = (SELECT value FROM main.billing_setting WHERE name = 'guard'),
  alerts = (SELECT value FROM main.billing_setting WHERE name = 'alerts'),
  stamp = random();

-- A row for each recipient: the key of three columns goes, and with it the table that has it.
CREATE TEMP TABLE _billing_alert_outbox_4 AS SELECT * FROM main.alert_outbox;
DROP TABLE main.alert_outbox;
CREATE TABLE main.alert_outbox(
  alert_id  INTEGER PRIMARY KEY,
  team_id   TEXT,
  alert     TEXT NOT NULL,
  since     TIMESTAMP NOT NULL,
  at        TIMESTAMP NOT NULL,
  tokens    REAL,
  message   TEXT NOT NULL,
  title     TEXT NOT NULL,
  picked_at TIMESTAMP,
  over_at   TIMESTAMP,
  recipient TEXT,
  subject   TEXT,
  text      TEXT,
  picked_by TEXT,
  tries     INTEGER NOT NULL DEFAULT 0,
  sent_at   TIMESTAMP,
  failed    TEXT
);
INSERT INTO main.alert_outbox(
    alert_id, team_id, alert, since, at, tokens, message, title, picked_at, over_at, subject, text)
  SELECT o.alert_id, o.team_id, o.alert, o.since, o.at, o.tokens, o.message, o.title, o.picked_at,
    o.over_at, o.title,
    ifnull('Team ' || (SELECT ifnull(t.name || ' (' || t.team_id || ')', t.team_id) FROM main.team t
      WHERE t.team_id = o.team_id) || ', since ', 'Since ') || o.since || ' UTC: ' || o.message
  FROM temp._billing_alert_outbox_4 o;
DROP TABLE temp._billing_alert_outbox_4;
