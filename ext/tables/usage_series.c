/*
** usage_series(team_id, since, until, step, zone, zero, at): the bars of the usage page per hour,
** day, week or month of a time zone, by app, api, sku, user and label (D59 to D63, D67, Q31).
**
** With `zero` 1 whatever was used in the period has a row in every bucket, so that a line over one
** app has no gaps; a team that used nothing has one without names.
*/
#include "tables/page_parts.h"
#include "tables/query_table.h"

/* ---- statements ---- */

static const char *const usage_series_rows[] = {
    "WITH RECURSIVE " SQL_USAGE_PARTS ","
    " used AS MATERIALIZED (SELECT billing_bucket(billing_ms(occurred_at), ?8, ?9) AS start_ms,"
    "  team_id, client_id, api, sku, user_id, label, " SQL_PRICED " AS priced,"
    "  " SQL_EVENTS " AS events, " SQL_QUANTITY " AS quantity, sum(charged) AS charged,"
    "  sum(uncharged) AS uncharged FROM shown GROUP BY 1, 2, 3, 4, 5, 6, 7, 8),"
    " " SQL_TICKS("?10") ","
    " what AS (SELECT DISTINCT team_id, client_id, api, sku, user_id, label FROM used WHERE priced"
    "  UNION ALL SELECT w.team_id, NULL, NULL, NULL, NULL, NULL FROM " SQL_TEAMS
    "   WHERE " SQL_WALLET_ASKED
    "    AND NOT EXISTS (SELECT 1 FROM used g WHERE g.team_id = w.team_id AND g.priced)),"
    " bar(start_ms, team_id, client_id, api, sku, user_id, label, priced, events, quantity,"
    "  charged, uncharged) AS (SELECT * FROM used UNION ALL"
    "  SELECT k.start_ms, x.*, 1, 0, 0.0, 0, 0 FROM tick k CROSS JOIN what x)"
    " SELECT billing_time(start_ms), team_id, client_id, api, sku, user_id, label, sum(events),"
    "  total(quantity), " SQL_IF_PRICED("sum(charged + uncharged)") ","
    "  " SQL_IF_PRICED("sum(charged)") ", " SQL_IF_PRICED("sum(uncharged)") ","
    "  " SQL_TEAM_NAME("bar.team_id", "?2") ","
    "  " SQL_APP_NAME("bar.client_id", "bar.team_id", "?2") ","
    "  " SQL_API_NAME("bar.api", "bar.team_id", "?2") ","
    "  billing_time(start_ms + ?9), " SQL_SETTLED_UNTIL("min(?2, ?5)") ", priced"
    " FROM bar GROUP BY start_ms, team_id, client_id, api, sku, user_id, label, priced",
    NULL,
};

const struct query_table usage_series_table = {
    .name = "usage_series",
    .columns =
        "start TIMESTAMP, team_id TEXT, client_id TEXT, api TEXT, sku TEXT, user_id TEXT,"
        " label TEXT, events INTEGER, quantity REAL, tokens REAL, charged REAL,"
        " uncharged REAL, team_name TEXT, app_name TEXT, api_name TEXT,"
        " local_start TIMESTAMP, settled_until TIMESTAMP, p_team TEXT HIDDEN,"
        " p_since TIMESTAMP HIDDEN, p_until TIMESTAMP HIDDEN, p_step TEXT HIDDEN,"
        " p_zone TEXT HIDDEN, p_zero INTEGER HIDDEN, p_at TIMESTAMP HIDDEN,"
        " since TIMESTAMP HIDDEN, until TIMESTAMP HIDDEN, step TEXT HIDDEN,"
        " zone TEXT HIDDEN, zero INTEGER HIDDEN, at TIMESTAMP HIDDEN",
    .rows = usage_series_rows,
    .key = BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(17),
    .rows_per_team = 500,
};
