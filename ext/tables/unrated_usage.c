/*
** unrated_usage: usage that no rate or no payer covers. It is settled as soon as the fact arrives.
*/
#include "tables/query_table.h"

const struct query_table unrated_usage_table = {
    .name = "unrated_usage",
    .declaration =
        "CREATE TABLE x(usage_id BIGINT, team_id TEXT, client_id TEXT, api TEXT, sku TEXT,"
        " quantity REAL, occurred_at TIMESTAMP, reason TEXT)",
    .visible = 8,
    .first = READ_UNRATED,
    .last = READ_UNRATED,
    .slots = {NO_COLUMN, NO_COLUMN, NO_COLUMN, NO_COLUMN},
    .day_column = NO_COLUMN,
    .rows_per_team = 1,
};
