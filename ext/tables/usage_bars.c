/*
** usage_bars(team_id, since, until, zone, at): a row a day with a bar of block characters: what was
** charged (blue on the page) is full, what was not (vermilion) is light (D67). A day without usage
** has no bar.
**
** The longest bar of a team has 40 blocks. Whatever is more than nothing shows as one block at
** least.
*/
#include "tables/page_parts.h"
#include "tables/query_table.h"

/* ---- statements ---- */

#define SQL_BLOCKS(count, block) "replace(hex(zeroblob(" count ")), '00', '" block "')"
#define SQL_BAR_LENGTH(units) \
  "max(CAST(" units " * 40.0 / nullif(most, 0) + 0.5 AS INTEGER), (" units ") > 0)"

static const char *const usage_bars_rows[] = {
    "WITH RECURSIVE " SQL_USAGE_PARTS ", " SQL_TICKS("1") ","
    " bar AS (SELECT billing_bucket(billing_ms(occurred_at), ?8, ?9) AS start_ms, team_id,"
    "  " SQL_EVENTS " AS events, sum(charged) AS charged, sum(uncharged) AS uncharged"
    "  FROM shown WHERE team_id IS NOT NULL GROUP BY start_ms, team_id"
    "  UNION ALL SELECT k.start_ms, w.team_id, 0, 0, 0 FROM " SQL_TEAMS " CROSS JOIN tick k"
    "   WHERE " SQL_WALLET_ASKED "),"
    " day AS (SELECT team_id, start_ms, sum(events) AS events, sum(charged) AS charged,"
    "  sum(uncharged) AS uncharged FROM bar GROUP BY team_id, start_ms),"
    " scaled AS (SELECT team_id, start_ms, events, charged, uncharged,"
    "  max(charged + uncharged) OVER (PARTITION BY team_id) AS most FROM day)"
    " SELECT substr(billing_time(start_ms + ?9), 1, 10), team_id,"
    "  " SQL_BLOCKS(SQL_BAR_LENGTH("charged"), "█") " ||"
    "  " SQL_BLOCKS(SQL_BAR_LENGTH("uncharged"), "░") ","
    "  " SQL_TOKENS("charged + uncharged") ", " SQL_TOKENS("charged") ","
    "  " SQL_TOKENS("uncharged") ", events, " SQL_TEAM_NAME("scaled.team_id", "?2") ","
    "  " SQL_SETTLED_UNTIL("min(?2, ?5)")
    " FROM scaled ORDER BY team_id, start_ms",
    NULL,
};

const struct query_table usage_bars_table = {
    .name = "usage_bars",
    .columns =
        "day DATE, team_id TEXT, bar TEXT, tokens REAL, charged REAL, uncharged REAL,"
        " events INTEGER, team_name TEXT, settled_until TIMESTAMP, p_team TEXT HIDDEN,"
        " p_since TIMESTAMP HIDDEN, p_until TIMESTAMP HIDDEN, p_zone TEXT HIDDEN,"
        " p_at TIMESTAMP HIDDEN, since TIMESTAMP HIDDEN, until TIMESTAMP HIDDEN,"
        " zone TEXT HIDDEN, at TIMESTAMP HIDDEN",
    .rows = usage_bars_rows,
    .key = BIT(0) | BIT(1),
    .rows_per_team = 30,
};
