/*
** usage_status(team_id, at): every usage, what it cost and how far it was paid at that instant.
*/
#include "tables/query_table.h"
#include "tables/reading_parts.h"

/* ---- statements ---- */

/*
** ---- usage_status: one statement for each place where a usage can stand ----
**
** What a debt has been paid by later lots is its first step less its last: offset entries need not
** be read.
*/

#define SQL_STATUS(team, tokens, charged, uncharged, status, settled_at) \
  "SELECT u.usage_id, " team ", u.client_id, " SQL_NAMES                 \
  ", u.quantity,"                                                        \
  " u.occurred_at, " tokens ", " charged ", " uncharged ", " status ", " settled_at
static const char *const usage_status_rows[] = {
    "WITH " SQL_SPAN ", part(usage_id, team_id, charged, uncharged, settled_ms) AS ("
          " SELECT e.usage_id, w.team_id, e.units, 0, e.charged_ms"
          " FROM " SQL_WALLETS_IN_SPAN SQL_ENTRIES_BY_AT
          " WHERE " SQL_WALLET_STANDS " AND " SQL_USAGE_STANDS("e.usage_id")
          "  AND e.is_offset = 0"
          " UNION ALL"
          " SELECT d.usage_id, w.team_id, f.units - d.units, d.units,"
          "  iif(d.since_ms > d.at_ms, d.since_ms, NULL)"
          " FROM " SQL_WALLETS_IN_SPAN
          " CROSS JOIN main._billing_debt d ON d.wallet_id = w.wallet_id"
          "  AND " SQL_IN_SPAN("d.at_ms")
          " CROSS JOIN main._billing_debt f ON " SQL_SAME_DEBT("f", "d")
          "  AND f.since_ms = +d.at_ms"
          " WHERE " SQL_WALLET_STANDS " AND " SQL_USAGE_STANDS("d.usage_id")
          "  AND " SQL_LAST_STEP("d", "?2") "),"
          " paid AS (SELECT usage_id, team_id, sum(charged) AS charged,"
          "  sum(uncharged) AS uncharged, max(settled_ms) AS settled_ms FROM part"
          "  GROUP BY usage_id) "
          SQL_STATUS("p.team_id", SQL_TOKENS("p.charged + p.uncharged"), SQL_TOKENS("p.charged"),
                     SQL_TOKENS("p.uncharged"),
                     "CASE WHEN p.uncharged = 0 THEN 'charged' WHEN p.charged = 0 THEN 'uncharged'"
                     " ELSE 'partial' END",
                     "billing_time(p.settled_ms)")
          " FROM paid p CROSS JOIN main.usage u ON u.usage_id = p.usage_id"
          " WHERE NOT " SQL_IS_LISTED("p.usage_id") " AND " SQL_CLIENT_ASKED("u.client_id"),
    "WITH " SQL_SPAN " "
          SQL_STATUS("w.team_id", "0.0", "0.0", "0.0", "f.status", "NULL")
          " FROM " SQL_WALLETS_IN_SPAN
          " CROSS JOIN main._billing_free_usage f ON f.wallet_id = w.wallet_id"
          "  AND " SQL_IN_SPAN("f.at_ms") " CROSS JOIN main.usage u ON u.usage_id = f.usage_id"
          " WHERE " SQL_WALLET_STANDS " AND " SQL_USAGE_STANDS("f.usage_id")
          "  AND NOT " SQL_IS_LISTED("f.usage_id")
          "  AND " SQL_CLIENT_ASKED("u.client_id"),
    SQL_STATUS("iif(r.reason = 'unassigned', NULL, " SQL_USAGE_TEAM ")", "NULL", "NULL",
                     "NULL", "r.reason", "NULL")
          " FROM main._billing_unrated r CROSS JOIN main.usage u ON u.usage_id = r.usage_id"
          " WHERE " SQL_USAGE_STANDS("r.usage_id") " AND " SQL_CLIENT_ASKED("u.client_id")
          "  AND u.occurred_at <= ?3 AND NOT " SQL_IS_LISTED("r.usage_id")
          "  AND " SQL_IS_UNSETTLED(SQL_USAGE_TEAM, "?2")
          "  AND (?1 IS NULL OR (r.reason <> 'unassigned' AND " SQL_USAGE_TEAM " = ?1))",
    SQL_STATUS(SQL_USAGE_TEAM, "NULL", "NULL", "NULL", "'pending'", "NULL")
          " FROM (" SQL_PENDING_ASKED ") i CROSS JOIN main.usage u ON u.usage_id = i.usage_id"
          " WHERE " SQL_CLIENT_ASKED("u.client_id")
          "  AND u.occurred_at <= ?3 AND " SQL_TEAM_ASKED(SQL_USAGE_TEAM)
          "  AND " SQL_IS_UNSETTLED(SQL_USAGE_TEAM, "?2"),
    /* What had no rate at a close is not looked for in the facts, which may have changed since. */
    "SELECT u.usage_id, w.team_id, u.client_id, u.api, u.sku, u.quantity, u.occurred_at,"
          " NULL, NULL, NULL, 'unrated', NULL FROM " SQL_CLOSED_UNRATED_ASKED,
    NULL,
};

const struct query_table usage_status_table = {
    .name = "usage_status",
    .columns =
        "usage_id BIGINT, team_id TEXT, client_id TEXT, api TEXT, sku TEXT,"
        " quantity REAL, occurred_at TIMESTAMP, tokens REAL, charged REAL,"
        " uncharged REAL, status TEXT, settled_at TIMESTAMP,"
        " p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN, at TIMESTAMP HIDDEN",
    .rows = usage_status_rows,
    .key = BIT(0) | BIT(1) | BIT(10),
    .rows_per_team = 1000,
    .filters = BIT(FILTER_USAGE) | BIT(FILTER_CLIENT),
    .spans = {{SPAN_INSTANTS, 6}},
};
