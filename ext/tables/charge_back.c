/*
** charge_back(team_id, since, until, at): who a team's tokens went to, by user, label and app: a
** job number, a department. `share` is the part of what the team used in the period; the shares of
** a team make 1.
*/
#include "tables/page_parts.h"
#include "tables/query_table.h"

/* ---- statements ---- */

static const char *const charge_back_rows[] = {
    "WITH " SQL_USAGE_PARTS ","
    " used AS (SELECT user_id, label, client_id, team_id, " SQL_PRICED " AS priced,"
    "  " SQL_EVENTS " AS events, sum(charged) AS charged, sum(uncharged) AS uncharged"
    "  FROM shown GROUP BY team_id, user_id, label, client_id, priced)"
    " SELECT user_id, label, client_id, " SQL_IF_PRICED("charged + uncharged") ","
    "  " SQL_IF_PRICED("charged") ", " SQL_IF_PRICED("uncharged") ","
    "  iif(priced, (charged + uncharged) * 1.0"
    "   / nullif(sum(charged + uncharged) OVER (PARTITION BY team_id), 0), NULL),"
    "  team_id, events, " SQL_TEAM_NAME("used.team_id", "?2") ","
    "  " SQL_APP_NAME("used.client_id", "used.team_id", "?2") ","
    "  " SQL_SETTLED_UNTIL("min(?2, ?5)") ", priced"
    " FROM used ORDER BY team_id, user_id, label, client_id, priced DESC",
    NULL,
};

const struct query_table charge_back_table = {
    .name = "charge_back",
    .columns =
        "user_id TEXT, label TEXT, client_id TEXT, tokens REAL, charged REAL,"
        " uncharged REAL, share REAL, team_id TEXT, events INTEGER, team_name TEXT,"
        " app_name TEXT, settled_until TIMESTAMP, p_team TEXT HIDDEN,"
        " p_since TIMESTAMP HIDDEN, p_until TIMESTAMP HIDDEN, p_at TIMESTAMP HIDDEN,"
        " since TIMESTAMP HIDDEN, until TIMESTAMP HIDDEN, at TIMESTAMP HIDDEN",
    .rows = charge_back_rows,
    .key = BIT(0) | BIT(1) | BIT(2) | BIT(7) | BIT(12),
    .rows_per_team = 50,
};
