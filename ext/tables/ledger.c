/*
** ledger(team_id): every entry with the usage that it pays, by the instant it was charged.
*/
#include "tables/query_table.h"
#include "tables/reading_parts.h"

/* ---- statements ---- */

/*
** A usage that is found is charged at the instant where it stands, or when a later lot paid a part
** of its debt.
*/
#define SQL_LEDGER_SPAN                                                                  \
  "span(from_ms, to_ms) AS NOT MATERIALIZED (SELECT " SQL_STORED_FROM ", " SQL_STORED_TO \
  " UNION ALL"                                                                           \
  "  SELECT d.since_ms, d.since_ms + 1 FROM main._billing_wallet w"                      \
  "  CROSS JOIN main._billing_debt d ON d.wallet_id = w.wallet_id AND d.at_ms = ?4"      \
  "   AND d.usage_id = ?11 AND d.since_ms > d.at_ms WHERE ?16 AND w.team_id = ?17)"

static const char *const ledger_rows[] = {
    "WITH " SQL_LEDGER_SPAN " SELECT (e.usage_id << 10) | e.part, w.team_id, e.usage_id,"
    " e.lot_id, u.client_id,"
          " " SQL_NAMES ", u.occurred_at, billing_time(e.charged_ms),"
          " iif(e.is_offset, 'offset', 'charge'), " SQL_TOKENS("e.units") ", e.units"
          " FROM " SQL_WALLETS_IN_SPAN SQL_ENTRIES_IN_SPAN
          " LEFT JOIN main.usage u ON u.usage_id = e.usage_id"
          " WHERE " SQL_WALLET_STANDS " AND " SQL_USAGE_STANDS("e.usage_id")
          "  AND s.lot_id BETWEEN ?14 AND ?15 AND " SQL_CLIENT_ASKED("u.client_id")
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
    .filters = BIT(FILTER_USAGE) | BIT(FILTER_CLIENT) | BIT(FILTER_LOT),
    .spans = {{SPAN_INSTANTS, 8}, {SPAN_FROM, 7}}, /* charged when it occurred, or later */
};
