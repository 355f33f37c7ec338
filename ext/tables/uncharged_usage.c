/*
** uncharged_usage(team_id, at): what was not fully paid at that instant, and why (D65).
*/
#include "tables/query_table.h"

const struct query_table uncharged_usage_table = {
    .name = "uncharged_usage",
    .declaration =
        "CREATE TABLE x(team_id TEXT, usage_id BIGINT, client_id TEXT, api TEXT, sku TEXT,"
        " occurred_at TIMESTAMP, tokens REAL, charged REAL, uncharged REAL, reason TEXT,"
        " p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN, at TIMESTAMP HIDDEN)",
    .visible = 10,
    .first = READ_UNCHARGED,
    .last = READ_UNCHARGED,
    .slots = {[SLOT_P_TEAM] = 10, [SLOT_TEAM] = 0, [SLOT_P_AT] = 11, [SLOT_AT] = 12},
    .day_column = NO_COLUMN,
    .rows_per_team = 100,
};
