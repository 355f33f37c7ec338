/*
** token_events(team_id, at): what a team's lots have gone through up to an instant: purchased,
** moved in or out, lapsed, voided, and what they paid of debts. `at` is an argument only, since the
** column says when the event was; without it they are read up to now. A report of a past day gives
** its end.
*/
#include "tables/event_parts.h"
#include "tables/query_table.h"

/* ---- statements ---- */

static const char *const token_events_rows[] = {
    "WITH " SQL_TEAM_EVENTS
          " SELECT team_id, billing_time(at_ms), event, lot_id, kind, " SQL_TOKENS("units") ","
          " other_team FROM event WHERE units <> 0 OR event IN ('purchased', 'moved')"
          " ORDER BY team_id, at_ms, place, lot_id",
    NULL,
};

const struct query_table token_events_table = {
    .name = "token_events",
    .columns =
        "team_id TEXT, at TIMESTAMP, event TEXT, lot_id BIGINT, kind TEXT,"
        " tokens REAL, other_team TEXT, p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN",
    .rows = token_events_rows,
    .key = BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(5) | BIT(6),
    .argument_only = BIT(PARAM_AT),
    .rows_per_team = 20,
};
