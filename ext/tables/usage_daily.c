/*
** usage_daily(team_id): the bars of the usage page, per UTC day of the usage: what was charged
** (blue) and what was not (vermilion) (D67, D111, Q14, Q31).
*/
#include "tables/query_table.h"

const struct query_table usage_daily_table = {
    .name = "usage_daily",
    .declaration =
        "CREATE TABLE x(day DATE, team_id TEXT, client_id TEXT, api TEXT, sku TEXT,"
        " events BIGINT, quantity REAL, tokens REAL, charged REAL, uncharged REAL,"
        " p_team TEXT HIDDEN)",
    .visible = 10,
    .first = READ_DAILY,
    .last = READ_DAILY,
    .slots = {[SLOT_P_TEAM] = 10, [SLOT_TEAM] = 1, [SLOT_P_AT] = NO_COLUMN, [SLOT_AT] = NO_COLUMN},
    .day_column = 0,
    .rows_per_team = 500,
};
