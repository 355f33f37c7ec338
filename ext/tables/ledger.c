/*
** ledger(team_id): every entry with the usage that it pays, by the instant it was charged.
*/
#include "tables/query_table.h"
#include "tables/reading_parts.h"

/* ---- statements ---- */

static const char *const ledger_rows[] = {
    "SELECT (e.usage_id << 10) | e.part, w.team_id, e.usage_id, e.lot_id, u.client_id,"
          " " SQL_NAMES ", u.occurred_at, billing_time(e.charged_ms),"
          " iif(e.is_offset, 'offset', 'charge'), " SQL_TOKENS("e.units") ", e.units"
          " FROM " SQL_WALLETS SQL_ENTRIES
          " LEFT JOIN main.usage u ON u.usage_id = e.usage_id"
          " WHERE " SQL_WALLET_ASKED
          " ORDER BY w.team_id, e.charged_ms, e.is_offset DESC, e.usage_id, e.part",
    NULL,
};

const struct query_table ledger_table = {
    .name = "ledger",
    .columns =
        "entry_id BIGINT, team_id TEXT, usage_id BIGINT, lot_id BIGINT,"
        " client_id TEXT, api TEXT, sku TEXT, occurred_at TIMESTAMP,"
        " charged_at TIMESTAMP, entry TEXT, tokens REAL, units BIGINT,"
        " p_team TEXT HIDDEN",
    .rows = ledger_rows,
    .key = BIT(0) | BIT(3) | BIT(8),
    .rows_per_team = 1000,
};
