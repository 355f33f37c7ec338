/*
** budget_status(team_id, at): what was spent of every budget up to an instant.
*/
#include "tables/query_table.h"

const struct query_table budget_status_table = {
    .name = "budget_status",
    .declaration =
        "CREATE TABLE x(team_id TEXT, at TIMESTAMP, budget_id BIGINT, client_id TEXT,"
        " user_id TEXT, label TEXT, starts_at TIMESTAMP, ends_at TIMESTAMP, tokens REAL,"
        " spent REAL, remaining REAL, share REAL, state TEXT,"
        " p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN)",
    .visible = 13,
    .first = READ_BUDGETS,
    .last = READ_BUDGETS,
    .slots = {[SLOT_P_TEAM] = 13, [SLOT_TEAM] = 0, [SLOT_P_AT] = 14, [SLOT_AT] = 1},
    .day_column = NO_COLUMN,
    .rows_per_team = 5,
};
