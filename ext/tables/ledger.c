/*
** ledger(team_id): every entry with the usage that it pays, by the instant it was charged.
*/
#include "tables/query_table.h"

const struct query_table ledger_table = {
    .name = "ledger",
    .declaration =
        "CREATE TABLE x(entry_id BIGINT, team_id TEXT, usage_id BIGINT, lot_id BIGINT,"
        " client_id TEXT, api TEXT, sku TEXT, occurred_at TIMESTAMP,"
        " charged_at TIMESTAMP, entry TEXT, tokens REAL, units BIGINT,"
        " p_team TEXT HIDDEN)",
    .visible = 12,
    .first = READ_LEDGER,
    .last = READ_LEDGER,
    .slots = {[SLOT_P_TEAM] = 12, [SLOT_TEAM] = 1, [SLOT_P_AT] = NO_COLUMN, [SLOT_AT] = NO_COLUMN},
    .day_column = NO_COLUMN,
    .rows_per_team = 1000,
};
