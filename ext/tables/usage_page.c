/*
** usage_page(team_id, since, until, published, at): the token usage report, per app, api and
** sub-unit (D59 to D63); with `published` 1 as it was shown, which is report_lag_days late (D64,
** Q30).
*/
#include "tables/page_parts.h"
#include "tables/query_table.h"

/* ---- statements ---- */

static const char *const usage_page_rows[] = {
    "WITH " SQL_USAGE_PARTS ","
    " used AS (SELECT team_id, client_id, api, sku, " SQL_PRICED " AS priced,"
    "  " SQL_EVENTS " AS events, " SQL_QUANTITY " AS quantity, sum(charged) AS charged,"
    "  sum(uncharged) AS uncharged FROM shown GROUP BY 1, 2, 3, 4, 5)"
    " SELECT team_id, client_id, api, sku, events, quantity,"
    "  " SQL_IF_PRICED("charged + uncharged") ", " SQL_IF_PRICED("charged") ","
    "  " SQL_IF_PRICED("uncharged") ", " SQL_TEAM_NAME("used.team_id", "?2") ","
    "  " SQL_APP_NAME("used.client_id", "used.team_id", "?2") ","
    "  " SQL_API_NAME("used.api", "used.team_id", "?2") ","
    "  " SQL_SETTLED_UNTIL("min(?2, ?5)") ", priced FROM used"
    " ORDER BY team_id, client_id, api, sku, priced DESC",
    NULL,
};

const struct query_table usage_page_table = {
    .name = "usage_page",
    .columns =
        "team_id TEXT, client_id TEXT, api TEXT, sku TEXT, events INTEGER, quantity REAL,"
        " tokens REAL, charged REAL, uncharged REAL, team_name TEXT, app_name TEXT,"
        " api_name TEXT, settled_until TIMESTAMP, p_team TEXT HIDDEN,"
        " p_since TIMESTAMP HIDDEN, p_until TIMESTAMP HIDDEN, p_published INTEGER HIDDEN,"
        " p_at TIMESTAMP HIDDEN, since TIMESTAMP HIDDEN, until TIMESTAMP HIDDEN,"
        " published INTEGER HIDDEN, at TIMESTAMP HIDDEN",
    .rows = usage_page_rows,
    .key = BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(13),
    .rows_per_team = 20,
};
