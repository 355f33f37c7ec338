/*
** uncharged_usage(team_id, at): what was not fully paid at that instant, and why (D65).
*/
#include "tables/query_table.h"
#include "tables/reading_parts.h"

/* ---- statements ---- */

/*
** ---- uncharged_usage ----
**
** `reason` is of the instant when the usage counted, and of the lots that had come alive, or ended,
** with the team by then.
*/
static const char *const uncharged_usage_rows[] = {
    "WITH " SQL_SPAN_OF(SQL_STORED_FROM, SQL_STORED_TO) ", owed AS ("
          " SELECT w.team_id, d.*, u.client_id, " SQL_API " AS api,"
          "  " SQL_SKU " AS sku, u.occurred_at"
          " FROM " SQL_WALLETS_IN_SPAN
          " CROSS JOIN main._billing_debt d ON d.wallet_id = w.wallet_id"
          "  AND " SQL_IN_SPAN("d.at_ms")
          " LEFT JOIN main.usage u ON u.usage_id = d.usage_id"
          " WHERE " SQL_WALLET_STANDS " AND " SQL_USAGE_STANDS("d.usage_id")
          "  AND " SQL_CLIENT_ASKED("u.client_id") " AND d.units > 0"
          "  AND " SQL_LAST_STEP("d", "?2") ")"
          " SELECT team_id, usage_id, client_id, api, sku, occurred_at, " SQL_TOKENS("rated") ","
          " " SQL_TOKENS("rated - units") ", " SQL_TOKENS("units") ","
          " " SQL_REASON("owed", "owed.api")
          " FROM owed ORDER BY team_id, at_ms, usage_id",
    NULL,
};

const struct query_table uncharged_usage_table = {
    .name = "uncharged_usage",
    .columns =
        "team_id TEXT, usage_id BIGINT, client_id TEXT, api TEXT, sku TEXT,"
        " occurred_at TIMESTAMP, tokens REAL, charged REAL, uncharged REAL, reason TEXT,"
        " p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN, at TIMESTAMP HIDDEN",
    .rows = uncharged_usage_rows,
    .key = BIT(0) | BIT(1),
    .rows_per_team = 100,
    .filters = BIT(FILTER_USAGE) | BIT(FILTER_CLIENT),
    .spans = {{SPAN_INSTANTS, 5}},
};
