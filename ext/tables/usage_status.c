/*
** usage_status(team_id, at): every usage, what it cost and how far it was paid at that instant.
*/
#include "tables/query_table.h"

const struct query_table usage_status_table = {
    .name = "usage_status",
    .declaration =
        "CREATE TABLE x(usage_id BIGINT, team_id TEXT, client_id TEXT, api TEXT, sku TEXT,"
        " quantity REAL, occurred_at TIMESTAMP, tokens REAL, charged REAL,"
        " uncharged REAL, status TEXT, settled_at TIMESTAMP,"
        " p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN, at TIMESTAMP HIDDEN)",
    .visible = 12,
    .first = READ_STATUS_PAID,
    .last = READ_STATUS_PENDING,
    .slots = {[SLOT_P_TEAM] = 12, [SLOT_TEAM] = 1, [SLOT_P_AT] = 13, [SLOT_AT] = 14},
    .day_column = NO_COLUMN,
    .rows_per_team = 1000,
};
