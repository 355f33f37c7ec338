-- Schema 1 to 2. billing_install() runs this and then the whole of install.sql, which adds what is
-- missing. What changed its form goes first.

-- Schema 1 refused every close, so the table is empty; it has a key now.
DROP TABLE main.period_close;

-- Our triggers; those of the user stay.
DROP TRIGGER IF EXISTS main.account_check_delete;
DROP TRIGGER IF EXISTS main.account_check_insert;
DROP TRIGGER IF EXISTS main.account_check_rename;
DROP TRIGGER IF EXISTS main.account_check_update;
DROP TRIGGER IF EXISTS main.account_mark_delete;
DROP TRIGGER IF EXISTS main.account_mark_insert;
DROP TRIGGER IF EXISTS main.account_mark_update;
DROP TRIGGER IF EXISTS main.api_alias_check_insert;
DROP TRIGGER IF EXISTS main.api_alias_check_update;
DROP TRIGGER IF EXISTS main.api_alias_mark_delete;
DROP TRIGGER IF EXISTS main.api_alias_mark_insert;
DROP TRIGGER IF EXISTS main.api_alias_mark_update;
DROP TRIGGER IF EXISTS main.api_alias_replace_insert;
DROP TRIGGER IF EXISTS main.api_check_delete;
DROP TRIGGER IF EXISTS main.api_check_insert;
DROP TRIGGER IF EXISTS main.api_check_rename;
DROP TRIGGER IF EXISTS main.api_check_update;
DROP TRIGGER IF EXISTS main.api_mark_delete;
DROP TRIGGER IF EXISTS main.api_mark_insert;
DROP TRIGGER IF EXISTS main.api_mark_update;
DROP TRIGGER IF EXISTS main.api_replace_insert;
DROP TRIGGER IF EXISTS main.app_check_delete;
DROP TRIGGER IF EXISTS main.app_check_insert;
DROP TRIGGER IF EXISTS main.app_check_rename;
DROP TRIGGER IF EXISTS main.app_check_update;
DROP TRIGGER IF EXISTS main.app_mark_delete;
DROP TRIGGER IF EXISTS main.app_mark_insert;
DROP TRIGGER IF EXISTS main.app_mark_update;
DROP TRIGGER IF EXISTS main.app_replace_insert;
DROP TRIGGER IF EXISTS main.app_team_check_insert;
DROP TRIGGER IF EXISTS main.app_team_check_update;
DROP TRIGGER IF EXISTS main.app_team_mark_delete;
DROP TRIGGER IF EXISTS main.app_team_mark_insert;
DROP TRIGGER IF EXISTS main.app_team_mark_update;
DROP TRIGGER IF EXISTS main.app_team_replace_insert;
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
DROP TRIGGER IF EXISTS main.lot_move_mark_delete;
DROP TRIGGER IF EXISTS main.lot_move_mark_insert;
DROP TRIGGER IF EXISTS main.lot_move_mark_update;
DROP TRIGGER IF EXISTS main.outcome_rule_check_insert;
DROP TRIGGER IF EXISTS main.outcome_rule_check_update;
DROP TRIGGER IF EXISTS main.outcome_rule_mark_delete;
DROP TRIGGER IF EXISTS main.outcome_rule_mark_insert;
DROP TRIGGER IF EXISTS main.outcome_rule_mark_update;
DROP TRIGGER IF EXISTS main.period_close_check_insert;
DROP TRIGGER IF EXISTS main.period_close_check_update;
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
DROP TRIGGER IF EXISTS main.rate_card_check_insert;
DROP TRIGGER IF EXISTS main.rate_card_check_update;
DROP TRIGGER IF EXISTS main.rate_card_mark_delete;
DROP TRIGGER IF EXISTS main.rate_card_mark_insert;
DROP TRIGGER IF EXISTS main.rate_card_mark_update;
DROP TRIGGER IF EXISTS main.rate_tier_check_insert;
DROP TRIGGER IF EXISTS main.rate_tier_check_update;
DROP TRIGGER IF EXISTS main.settlement_insert;
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
DROP TRIGGER IF EXISTS main.team_check_delete;
DROP TRIGGER IF EXISTS main.team_check_insert;
DROP TRIGGER IF EXISTS main.team_check_rename;
DROP TRIGGER IF EXISTS main.team_check_update;
DROP TRIGGER IF EXISTS main.team_mark_delete;
DROP TRIGGER IF EXISTS main.team_mark_insert;
DROP TRIGGER IF EXISTS main.team_mark_update;
DROP TRIGGER IF EXISTS main.team_replace_insert;
DROP TRIGGER IF EXISTS main.token_kind_check_delete;
DROP TRIGGER IF EXISTS main.token_kind_check_insert;
DROP TRIGGER IF EXISTS main.token_kind_check_rename;
DROP TRIGGER IF EXISTS main.token_kind_check_update;
DROP TRIGGER IF EXISTS main.token_kind_mark_delete;
DROP TRIGGER IF EXISTS main.token_kind_mark_insert;
DROP TRIGGER IF EXISTS main.token_kind_mark_update;
DROP TRIGGER IF EXISTS main.token_lot_check_delete;
DROP TRIGGER IF EXISTS main.token_lot_check_insert;
DROP TRIGGER IF EXISTS main.token_lot_check_rename;
DROP TRIGGER IF EXISTS main.token_lot_check_replaced;
DROP TRIGGER IF EXISTS main.token_lot_check_update;
DROP TRIGGER IF EXISTS main.token_lot_mark_delete;
DROP TRIGGER IF EXISTS main.token_lot_mark_insert;
DROP TRIGGER IF EXISTS main.token_lot_mark_update;
DROP TRIGGER IF EXISTS main.token_lot_replace_insert;
DROP TRIGGER IF EXISTS main.token_lot_replace_update;
DROP TRIGGER IF EXISTS main.token_lot_replaced_insert;
DROP TRIGGER IF EXISTS main.token_lot_replaced_update;
DROP TRIGGER IF EXISTS main.unblock_check_insert;
DROP TRIGGER IF EXISTS main.unblock_check_update;
DROP TRIGGER IF EXISTS main.unblock_mark_delete;
DROP TRIGGER IF EXISTS main.unblock_mark_insert;
DROP TRIGGER IF EXISTS main.unblock_mark_update;
DROP TRIGGER IF EXISTS main.usage_check_insert;
DROP TRIGGER IF EXISTS main.usage_check_update;
DROP TRIGGER IF EXISTS main.usage_mark_delete;
DROP TRIGGER IF EXISTS main.usage_mark_insert;
DROP TRIGGER IF EXISTS main.usage_mark_update;
DROP TRIGGER IF EXISTS main.usage_replace_insert;
DROP TRIGGER IF EXISTS main.usage_replace_update;
DROP TRIGGER IF EXISTS main.usage_replaced_insert;
DROP TRIGGER IF EXISTS main.usage_replaced_update;

-- SQLite 3.40 reports false NULLs for a WITHOUT ROWID table whose key follows another NOT NULL column.
CREATE TABLE main.billing_copy AS SELECT * FROM main.sku_alias;
DROP TABLE main.sku_alias;
CREATE TABLE main.sku_alias(
  api            TEXT NOT NULL,
  alias          TEXT NOT NULL,
  sku            TEXT NOT NULL,
  effective_from TIMESTAMP NOT NULL,
  PRIMARY KEY (api, alias, effective_from)
);
INSERT INTO main.sku_alias SELECT * FROM main.billing_copy;
DROP TABLE main.billing_copy;
CREATE TABLE main.billing_copy AS SELECT * FROM main.lot_move;
DROP TABLE main.lot_move;
CREATE TABLE main.lot_move(
  lot_id   INTEGER NOT NULL,
  team_id  TEXT NOT NULL,
  moved_at TIMESTAMP NOT NULL,
  PRIMARY KEY (lot_id, moved_at)
);
INSERT INTO main.lot_move SELECT * FROM main.billing_copy;
DROP TABLE main.billing_copy;
CREATE TABLE main.billing_copy AS SELECT * FROM main.app_team;
DROP TABLE main.app_team;
CREATE TABLE main.app_team(
  client_id   TEXT NOT NULL,
  team_id     TEXT NOT NULL,
  assigned_at TIMESTAMP NOT NULL,
  PRIMARY KEY (client_id, assigned_at)
);
INSERT INTO main.app_team SELECT * FROM main.billing_copy;
DROP TABLE main.billing_copy;
CREATE TABLE main.billing_copy AS SELECT * FROM main.product_assignment;
DROP TABLE main.product_assignment;
CREATE TABLE main.product_assignment(
  account_id  TEXT NOT NULL,
  team_id     TEXT NOT NULL,
  assigned_at TIMESTAMP NOT NULL,
  revoked_at  TIMESTAMP,
  PRIMARY KEY (account_id, assigned_at)
);
INSERT INTO main.product_assignment SELECT * FROM main.billing_copy;
DROP TABLE main.billing_copy;

UPDATE main.billing_meta SET value = 2 WHERE name = 'schema_version';
