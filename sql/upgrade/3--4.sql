-- Schema 3 to 4. billing_install() runs this and then the whole of install.sql, which adds what is missing.
-- What an OR REPLACE would drop is deleted before it (sql/ledger/replacing.sql): nothing is noted any more.
DROP TABLE main.replaced_usage;
DROP TABLE main.replaced_lot;
DROP TABLE IF EXISTS main.replaced_move;
DROP VIEW IF EXISTS main.replacing_lot;
DROP VIEW IF EXISTS main.replacing_lot_done;

-- Our triggers that are gone or changed.
DROP TRIGGER IF EXISTS main.api_alias_replace_insert;
DROP TRIGGER IF EXISTS main.api_replace_insert;
DROP TRIGGER IF EXISTS main.app_check_replace;
DROP TRIGGER IF EXISTS main.app_replace_insert;
DROP TRIGGER IF EXISTS main.app_team_replace_insert;
DROP TRIGGER IF EXISTS main.key_taken_by_insert;
DROP TRIGGER IF EXISTS main.lot_move_keep_insert;
DROP TRIGGER IF EXISTS main.lot_move_keep_update;
DROP TRIGGER IF EXISTS main.lot_move_untie_insert;
DROP TRIGGER IF EXISTS main.mark_tied_insert;
DROP TRIGGER IF EXISTS main.product_assignment_replace_insert;
DROP TRIGGER IF EXISTS main.team_replace_insert;
DROP TRIGGER IF EXISTS main.token_lot_mark_insert;
DROP TRIGGER IF EXISTS main.token_lot_replace_insert;
DROP TRIGGER IF EXISTS main.token_lot_replace_update;
DROP TRIGGER IF EXISTS main.token_lot_replaced_insert;
DROP TRIGGER IF EXISTS main.token_lot_replaced_update;
DROP TRIGGER IF EXISTS main.untie_insert;
DROP TRIGGER IF EXISTS main.usage_check_insert;
DROP TRIGGER IF EXISTS main.usage_check_update;
DROP TRIGGER IF EXISTS main.usage_replace_update;
DROP TRIGGER IF EXISTS main.usage_replaced_update;

UPDATE main.billing_meta SET value = 4 WHERE name = 'schema_version';
