/*
** usage_daily(team_id, at): the bars of the usage page, per UTC day of the usage: what was charged
** (blue) and what was not (vermilion) by then (D67, D111, Q14, Q31).
*/
#include "tables/query_table.h"
#include "tables/reading_parts.h"

/* ---- statements ---- */

/*
** ---- usage_daily ----
**
** An event counts once: with the first entry that pays it at once, or with the debt of a usage of
** which nothing was paid at once. What has no price (unrated, unassigned, pending) is not 0: such
** usage stands in rows of its own, whose tokens are NULL.
*/
static const char *const usage_daily_rows[] = {
    "WITH " SQL_SPAN ","
          " part(usage_id, team_id, events, charged, uncharged, settled) AS ("
          " SELECT e.usage_id, w.team_id, e.part = 0, e.units, 0, 1"
          " FROM " SQL_WALLETS_IN_SPAN SQL_ENTRIES_BY_AT
          " WHERE " SQL_WALLET_STANDS " AND e.is_offset = 0"
          " UNION ALL"
          " SELECT f.usage_id, w.team_id, f.units = f.rated, f.units - d.units, d.units, 1"
          " FROM " SQL_WALLETS_IN_SPAN
          " CROSS JOIN main._billing_debt f ON f.wallet_id = w.wallet_id AND f.since_ms = f.at_ms"
          "  AND " SQL_IN_SPAN("f.at_ms")
          " CROSS JOIN main._billing_debt d ON " SQL_SAME_DEBT("d", "f")
          "  AND " SQL_LAST_STEP("d", "?2")
          " WHERE " SQL_WALLET_STANDS
          " UNION ALL"
          " SELECT f.usage_id, w.team_id, 1, 0, 0, 1"
          " FROM " SQL_WALLETS_IN_SPAN
          " CROSS JOIN main._billing_free_usage f ON f.wallet_id = w.wallet_id"
          "  AND " SQL_IN_SPAN("f.at_ms")
          " WHERE " SQL_WALLET_STANDS
          " UNION ALL"
          " SELECT r.usage_id, iif(r.reason = 'unassigned', NULL, " SQL_USAGE_TEAM "), 1, NULL,"
          " NULL, 1"
          " FROM main._billing_unrated r CROSS JOIN main.usage u ON u.usage_id = r.usage_id"
          " WHERE u.occurred_at <= ?3"
          "  AND " SQL_IS_UNSETTLED(SQL_USAGE_TEAM, "?2")
          "  AND (?1 IS NULL OR (r.reason <> 'unassigned' AND " SQL_USAGE_TEAM " = ?1))"
          " UNION ALL"
          " SELECT i.usage_id, " SQL_USAGE_TEAM ", 1, NULL, NULL, 0"
          " FROM (" SQL_PENDING_IDS ") i CROSS JOIN main.usage u ON u.usage_id = i.usage_id"
          " WHERE u.occurred_at <= ?3 AND " SQL_TEAM_ASKED(SQL_USAGE_TEAM)
          "  AND " SQL_IS_UNSETTLED(SQL_USAGE_TEAM, "?2") "),"
          " shown(occurred_at, team, client, name, part_of, events, quantity, charged,"
          " uncharged) AS ("
          " SELECT u.occurred_at, p.team_id, u.client_id, " SQL_NAMES ", p.events, u.quantity,"
          "  p.charged, p.uncharged"
          " FROM part p CROSS JOIN main.usage u ON u.usage_id = p.usage_id"
          " WHERE " SQL_CLIENT_ASKED("u.client_id")
          "  AND (NOT p.settled OR NOT " SQL_IS_LISTED("p.usage_id") ")"
          " UNION ALL"
          " SELECT u.occurred_at, w.team_id, u.client_id, u.api, u.sku, 1, u.quantity, NULL, NULL"
          " FROM " SQL_CLOSED_UNRATED_ASKED ")"
          " SELECT substr(occurred_at, 1, 10) AS day, team, client, name, part_of,"
          " sum(events), round(total(iif(events, quantity, 0)), 6),"
          " " SQL_TOKENS("sum(charged + uncharged)") ", " SQL_TOKENS("sum(charged)") ","
          " " SQL_TOKENS("sum(uncharged)") ", charged IS NULL AS unpriced"
          " FROM shown GROUP BY day, team, client, name, part_of, unpriced",
    NULL,
};

const struct query_table usage_daily_table = {
    .name = "usage_daily",
    .columns =
        "day DATE, team_id TEXT, client_id TEXT, api TEXT, sku TEXT,"
        " events INTEGER, quantity REAL, tokens REAL, charged REAL, uncharged REAL,"
        " p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN, at TIMESTAMP HIDDEN",
    .rows = usage_daily_rows,
    .key = BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(10),
    .rows_per_team = 500,
    .filters = BIT(FILTER_CLIENT),
    .spans = {{SPAN_DAYS, 0}},
};
