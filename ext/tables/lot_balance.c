/*
** lot_balance(team_id, at): what each lot has paid, has left, has lost, under its holder.
*/
#include "tables/query_table.h"

const struct query_table lot_balance_table = {
    .name = "lot_balance",
    .declaration =
        "CREATE TABLE x(team_id TEXT, at TIMESTAMP, lot_id BIGINT, kind TEXT,"
        " purchased_at TIMESTAMP, expires_at TIMESTAMP, tokens REAL, used REAL,"
        " lapsed REAL, remaining REAL, state TEXT,"
        " p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN)",
    .visible = 11,
    .first = READ_LOTS,
    .last = READ_LOTS,
    .slots = {[SLOT_P_TEAM] = 11, [SLOT_TEAM] = 0, [SLOT_P_AT] = 12, [SLOT_AT] = 1},
    .day_column = NO_COLUMN,
    .rows_per_team = 8,
};
