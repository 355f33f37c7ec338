/*
** unrated_usage: usage that no rate or no payer covers. It is settled as soon as the fact arrives.
*/
#include "tables/query_table.h"
#include "tables/reading_parts.h"

/* ---- statements ---- */

static const char *const unrated_usage_rows[] = {
    "SELECT u.usage_id, iif(r.reason = 'unassigned', NULL, " SQL_USAGE_TEAM
    "), u.client_id,"
    " " SQL_NAMES
    ", u.quantity, u.occurred_at, r.reason"
    " FROM main._billing_unrated r CROSS JOIN main.usage u ON u.usage_id = r.usage_id"
    " WHERE NOT " SQL_IS_LISTED("r.usage_id"),
    NULL,
};

const struct query_table unrated_usage_table = {
    .name = "unrated_usage",
    .columns =
        "usage_id BIGINT, team_id TEXT, client_id TEXT, api TEXT, sku TEXT,"
        " quantity REAL, occurred_at TIMESTAMP, reason TEXT",
    .rows = unrated_usage_rows,
    .key = BIT(0),
    .rows_per_team = 1,
};
