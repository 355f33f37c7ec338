/*
** token_events(team_id, at): what a team's lots have gone through up to an instant: purchased, moved
** in or out, lapsed, voided, and what they paid of debts. `at` is an argument only, since the column
** tells when the event was.
*/
#include "tables/query_table.h"

const struct query_table token_events_table = {
    .name = "token_events",
    .declaration =
        "CREATE TABLE x(team_id TEXT, at TIMESTAMP, event TEXT, lot_id BIGINT, kind TEXT,"
        " tokens REAL, other_team TEXT, p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN)",
    .visible = 7,
    .first = READ_TOKEN_EVENTS,
    .last = READ_TOKEN_EVENTS,
    .slots = {[SLOT_P_TEAM] = 7, [SLOT_TEAM] = 0, [SLOT_P_AT] = 8, [SLOT_AT] = NO_COLUMN},
    .day_column = NO_COLUMN,
    .rows_per_team = 20,
};
