#include "fault.h"

/* Two teams, 36 usage rows in one month; teams run into debt, and later lots offset it. */
const char story_plain[] =
    "INSERT INTO account(account_id, name, country, agreement, trial_started_at) VALUES"
    " ('acme', 'Acme', 'JP', 'flex', NULL), ('big', 'Big', 'JP', 'eba', NULL),"
    " ('new', 'New', 'JP', 'flex', '2025-06-15 00:00:00');"
    "INSERT INTO team(team_id, account_id, name) VALUES"
    " ('A', 'acme', 'A'), ('B', 'acme', 'B'), ('C', 'acme', 'C'), ('E', 'big', 'E'),"
    " ('N', 'new', 'N');"
    "INSERT INTO app(client_id, name, account_id) VALUES ('a', 'a', 'acme'), ('b', 'b', 'acme'),"
    " ('c', 'c', 'acme'), ('e', 'e', 'big'), ('n', 'n', 'new');"
    "INSERT INTO app_team(client_id, team_id, assigned_at) VALUES"
    " ('a', 'A', '2025-01-01 00:00:00'), ('a', 'B', '2025-07-20 00:00:00'),"
    " ('b', 'B', '2025-01-01 00:00:00'), ('c', 'C', '2025-01-01 00:00:00'),"
    " ('e', 'E', '2025-01-01 00:00:00'), ('n', 'N', '2025-01-01 00:00:00');"
    "INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES"
    " (1, 'A', 'flex_token', 10, '2025-06-01 00:00:00'),"
    " (2, 'A', 'flex_token', 4, '2025-06-02 00:00:00'),"
    " (3, 'B', 'cloud_credit', 3, '2022-10-01 00:00:00'),"
    " (4, 'B', 'flex_token', 8, '2025-07-12 00:00:00'),"
    " (5, 'C', 'flex_token', 30, '2025-06-01 00:00:00');"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 36)"
    " INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, outcome, source_id)"
    " SELECT i, substr('aabbccen?', i % 9 + 1, 1),"
    "  CASE i % 4 WHEN 0 THEN 'design-automation' WHEN 3 THEN 'viewer' ELSE 'model-derivative' END,"
    "  CASE i % 4 WHEN 0 THEN 'revit' WHEN 1 THEN 'rvt' WHEN 2 THEN 'dwg' END,"
    "  CASE i % 4 WHEN 0 THEN 900 ELSE 1 END,"
    "  datetime('2025-07-01', (i * 17) || ' hours'), iif(i % 13, 'success', 'failed'), 'u' || i"
    " FROM n;";

/* A move, graduated prices and carry, a kind that pays one api only, a closed period. */
const char story_full[] =
    "INSERT INTO api(api, name, premium) VALUES ('calls', 'Calls', 1);"
    "INSERT INTO rate_card(api, sku, effective_from, tokens, per, unit, rounding, minimum) VALUES"
    " ('calls', 'read', '2020-01-01 00:00:00', 0, 1, 'call', 'none', 0),"
    " ('calls', 'write', '2020-01-01 00:00:00', 1, 10, 'call', 'carry', 0);"
    "INSERT INTO rate_tier(api, sku, effective_from, above, tokens) VALUES"
    " ('calls', 'read', '2020-01-01 00:00:00', 100, 0.01),"
    " ('calls', 'read', '2020-01-01 00:00:00', 200, 0.005);"
    "INSERT INTO token_kind(kind, rank, name) VALUES ('gift', 5, 'Gift');"
    "INSERT INTO kind_api(kind, api) VALUES ('gift', 'calls');"
    "INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES"
    " (11, 'A', 'gift', 5, '2025-06-01 00:00:00');"
    "INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES"
    " (2, 'B', '2025-07-05 00:00:00'), (5, 'A', '2025-07-24 00:00:00');"
    "INSERT INTO unblock(team_id, unblocked_at) VALUES ('B', '2025-07-27 00:00:00');"
    "WITH RECURSIVE n(i) AS (SELECT 101 UNION ALL SELECT i + 1 FROM n WHERE i < 120)"
    " INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, source_id)"
    " SELECT i, substr('abc', i % 3 + 1, 1), 'calls', iif(i % 2, 'read', 'write'), 7 + i % 50,"
    "  datetime('2025-07-02', (i % 20 * 31) || ' hours'), 'u' || i FROM n;"
    "INSERT INTO period_close(team_id, closed_until) VALUES ('C', '2025-07-08 00:00:00');";

const char *const story_steps[STORY_STEPS] = {
    "SELECT settle()",
    "INSERT OR IGNORE INTO usage(usage_id, client_id, api, sku, occurred_at, source_id) VALUES"
    " (201, 'a', 'model-derivative', 'rvt', '2025-08-01 10:00:00', 'u201'),"
    " (202, 'b', 'model-derivative', 'rvt', '2025-08-01 10:00:00', 'u202')",
    "SELECT settle('A')",
    "BEGIN; UPDATE usage SET quantity = 1800 WHERE usage_id = 20;"
    "DELETE FROM usage WHERE usage_id = 18; SELECT settle(); COMMIT",
    "SELECT billing_autosettle(1)",
    "INSERT OR IGNORE INTO usage(usage_id, client_id, api, sku, occurred_at, source_id) VALUES"
    " (203, 'a', 'model-derivative', 'rvt', '2025-08-02 10:00:00', 'u203'),"
    " (204, 'c', 'model-derivative', 'dwg', '2025-08-02 11:00:00', 'u204'),"
    " (205, 'e', 'model-derivative', 'dwg', '2025-08-02 12:00:00', 'u205')",
    "INSERT OR IGNORE INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, source_id)"
    " VALUES (206, 'a', 'design-automation', 'revit', 1800, '2025-07-03 10:00:00', 'u206')",
    "INSERT OR IGNORE INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, source_id) VALUES"
    " (21, 'B', 'flex_token', 6, '2025-07-28 10:00:00', 'l21')",
    "INSERT OR IGNORE INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, source_id)"
    " VALUES (207, 'b', 'calls', 'read', 150, '2025-07-15 10:00:00', 'u207')",
    "INSERT OR IGNORE INTO lot_move(lot_id, team_id, moved_at) VALUES"
    " (4, 'A', '2025-07-30 00:00:00')",
    "BEGIN; INSERT OR IGNORE INTO period_close(team_id, closed_until) VALUES"
    " ('A', '2025-07-21 00:00:00');"
    "INSERT OR IGNORE INTO usage(usage_id, client_id, api, sku, occurred_at, source_id) VALUES"
    " (208, 'a', 'model-derivative', 'rvt', '2025-07-06 10:00:00', 'u208'); COMMIT",
    "SELECT billing_autosettle(0)",
    "INSERT INTO usage_import(source_id, client_id, api, sku, quantity, occurred_at, line) VALUES"
    " ('i1', 'a', 'model-derivative', 'rvt', '1', '2025-08-02T10:00:00Z', 1),"
    " ('i2', 'b', 'model-derivative', 'rvt', '-4', '2025-08-02 10:00:01', 2),"
    " ('i3', 'c', 'model-derivative', 'dwg', '1', 'soon', 3),"
    " ('i4', 'c', 'model-derivative', 'dwg', '2', '2025-08-02 10:00:04', 4)",
    "WITH RECURSIVE n(i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 1300)"
    " INSERT OR IGNORE INTO usage(usage_id, client_id, api, sku, occurred_at, source_id)"
    " SELECT i, substr('abc', i % 3 + 1, 1), 'model-derivative', 'dwg',"
    "  datetime('2025-07-22', (i * 7 % 900) || ' hours'), 'u' || i FROM n",
    "SELECT settle()",
    "UPDATE policy SET value = 7 WHERE name = 'grace_days'",
    "SELECT settle()",
};
