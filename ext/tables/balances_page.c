/*
** balances_page(team_id, at): the page of balances (D57, D58, D73, F1). A row is a line of it:
**
**   'team'     all lots that are alive: available, used, total, percent left, colour; and what is
**     uncharged
**   'lots'     the same of the lots of one kind that end at the same time
**   'lapsing'  what lapses in the days of policy lapse_notice_days, by kind and end
**   'event'    token_events of the last 90 days
**
** Green: more than the policy red_percent is left; else red, also where there is nothing.
*/
#include "tables/event_parts.h"
#include "tables/page_parts.h"
#include "tables/query_table.h"

/* ---- statements ---- */

#define SQL_EVENT_DAYS "90"

static const char *const balances_page_rows[] = {
    "WITH " SQL_TEAM_EVENTS ","
    " alive AS MATERIALIZED (SELECT l.team_id, l.kind, " SQL_END_MS " AS end_ms,"
    "  l.units - " SQL_LOT_USED("l", "?2") " AS rest,"
    "  l.units - iif(l.from_ms > l.start_ms, " SQL_LOT_USED("l", "(l.from_ms - 1)") ", 0)"
    "  AS brought FROM stay l" SQL_KNOWN_LIFE("?2")
    "  WHERE ?2 < " SQL_END_MS " AND ?2 < l.to_ms),"
    " line(place, line, team_id, rest, brought, kind, end_ms, event, at_ms, lot_id, units,"
    "  uncharged, other_team, event_place) AS ("
    " SELECT 0, 'team', w.team_id, ifnull(a.rest, 0), ifnull(a.brought, 0), NULL, NULL, NULL, NULL,"
    "  NULL, NULL, " SQL_DEBT_AT("w.wallet_id", "?2") ", NULL, NULL"
    "  FROM " SQL_TEAMS " LEFT JOIN (SELECT team_id, sum(rest) AS rest, sum(brought) AS brought"
    "   FROM alive GROUP BY team_id) a ON a.team_id = w.team_id WHERE " SQL_WALLET_ASKED
    " UNION ALL"
    " SELECT 1, 'lots', team_id, sum(rest), sum(brought), kind, end_ms, NULL, NULL, NULL, NULL,"
    "  NULL, NULL, NULL FROM alive GROUP BY team_id, kind, end_ms"
    " UNION ALL"
    " SELECT 2, 'lapsing', team_id, NULL, NULL, kind, end_ms, NULL, NULL, NULL, sum(rest), NULL,"
    "  NULL, NULL FROM alive WHERE end_ms <= ?2 + " SQL_NOTICE_MS " AND rest > 0"
    "  GROUP BY team_id, kind, end_ms"
    " UNION ALL"
    " SELECT 3, 'event', team_id, NULL, NULL, kind, NULL, event, at_ms, lot_id, units, NULL,"
    "  other_team, place FROM event"
    "  WHERE at_ms > ?2 - " SQL_EVENT_DAYS " * 86400000"
    "   AND (units <> 0 OR event IN ('purchased', 'moved')))"
    " SELECT " SQL_TOKENS("rest") ", " SQL_TOKENS("brought - rest") ", " SQL_TOKENS("brought") ","
    "  rest * 100.0 / nullif(brought, 0),"
    "  CASE WHEN brought IS NULL THEN NULL"
    "   WHEN rest * 100.0 > brought * " SQL_POLICY("red_percent", "20", "?3") " THEN 'green'"
    "   ELSE 'red' END,"
    "  line, team_id, ?3, kind, billing_time(end_ms), event, billing_time(at_ms), lot_id,"
    "  " SQL_TOKENS("units") ", " SQL_TOKENS("uncharged") ", other_team,"
    "  " SQL_TEAM_NAME("line.team_id", "?2") ","
    "  " SQL_KIND_NAME("line.kind", "line.team_id", "?2") ","
    "  " SQL_SETTLED_UNTIL("?2")
    " FROM line ORDER BY team_id, place, end_ms, kind, at_ms, event_place, lot_id",
    NULL,
};

const struct query_table balances_page_table = {
    .name = "balances_page",
    .columns =
        "available REAL, used REAL, total REAL, percent_left REAL, colour TEXT, line TEXT,"
        " team_id TEXT, at TIMESTAMP, kind TEXT, ends_at TIMESTAMP, event TEXT,"
        " event_at TIMESTAMP, lot_id BIGINT, tokens REAL, uncharged REAL, other_team TEXT,"
        " team_name TEXT, kind_name TEXT, settled_until TIMESTAMP, p_team TEXT HIDDEN,"
        " p_at TIMESTAMP HIDDEN",
    .rows = balances_page_rows,
    .key = BIT(5) | BIT(6) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) | BIT(13) | BIT(15),
    .rows_per_team = 20,
};
