/*
** billing_check: one row for each broken invariant and each suspicious fact. The rules are one
** statement each, in store/checks.def.
*/
#include "tables/query_table.h"

const struct query_table billing_check_table = {
    .name = "billing_check",
    .declaration = "CREATE TABLE x(severity TEXT, rule TEXT, subject TEXT, detail TEXT)",
    .visible = 4,
    .first = CHECK_PAID,
    .last = CHECK_RATE_GAP,
    .slots = {NO_COLUMN, NO_COLUMN, NO_COLUMN, NO_COLUMN},
    .day_column = NO_COLUMN,
    .rows_per_team = 1,
};
