/*
** Late units by spans of five levels (core/span.h). Adding writes one row a level, and the sum
** before an instant reads one range a level. A running total a row would make a late usage as dear
** as all entries after it; a plain list would make each read as dear as all late usage before it.
*/
#include "settle/late_units.h"

#include "core/access.h"
#include "core/span.h"
#include "settle/functions.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

#define SQL_SUM_OF_LEVEL(level, from, to)                                                        \
  "ifnull((SELECT sum(units) FROM main._billing_late_units WHERE lot_id = ?1 AND level = " level \
  " AND from_ms >= " from " AND from_ms < " to "), 0)"

/*
** ?2 to ?7: where the ranges of the levels end, from level 0 on; each begins where the next one
** ends.
*/
static const char sql_late_before[] =
    /* clang-format off */
    "SELECT " SQL_SUM_OF_LEVEL("0", "?3", "?2")
    " + " SQL_SUM_OF_LEVEL("1", "?4", "?3")
    " + " SQL_SUM_OF_LEVEL("2", "?5", "?4")
    " + " SQL_SUM_OF_LEVEL("3", "?6", "?5")
    " + " SQL_SUM_OF_LEVEL("4", "?7", "?6");
/* clang-format on */

static const char sql_lot_late[] =
    "SELECT late_from_ms, late_to_ms, late_units FROM main._billing_settled_lot WHERE lot_id = ?1";

/* Amounts of one span add up. */
static const char sql_late_add[] =
    "INSERT INTO main._billing_late_units VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT DO UPDATE SET units = units + excluded.units";

/* The row has the first and the last instant and the sum, so that most reads end there. */
static const char sql_lot_add_late[] =
    "UPDATE main._billing_settled_lot SET late_from_ms = min(ifnull(late_from_ms, ?2), ?2),"
    " late_to_ms = max(ifnull(late_to_ms, ?2), ?2), late_units = ifnull(late_units, 0) + ?3"
    " WHERE lot_id = ?1";

/* Nearly always there is none, and taking back costs this one seek. */
static const char sql_late_from[] =
    "SELECT 1 FROM main._billing_late_units WHERE lot_id = ?1 AND level = 0 AND from_ms >= ?2"
    " LIMIT 1";

static const char sql_late_drop[] =
    "DELETE FROM main._billing_late_units WHERE lot_id = ?1 AND level = ?2 AND from_ms >= ?3";

/*
** A span of level ?2 that begins at ?3 and reaches beyond ?4: what is left of it is the sum of the
** level below, which has been cut at ?4 already. No row where nothing is left.
*/
static const char sql_late_sum[] =
    "INSERT INTO main._billing_late_units SELECT ?1, ?2, ?3, units FROM (SELECT sum(units) AS units"
    "  FROM main._billing_late_units WHERE lot_id = ?1 AND level = ?2 - 1 AND from_ms >= ?3"
    "  AND from_ms < ?4) WHERE units IS NOT NULL";

static const char sql_late_ends[] =
    "SELECT (SELECT min(from_ms) FROM main._billing_late_units WHERE lot_id = ?1 AND level = 0),"
    " (SELECT max(from_ms) FROM main._billing_late_units WHERE lot_id = ?1 AND level = 0), 0";

struct late_units late_units_of_row(sqlite3_stmt *row, int column) {
  struct late_units late = {NEVER, NEVER, 0};
  if (sqlite3_column_type(row, column) == SQLITE_NULL) return late;
  late.from_ms = sqlite3_column_int64(row, column);
  late.to_ms = sqlite3_column_int64(row, column + 1);
  late.units = sqlite3_column_int64(row, column + 2);
  return late;
}

void late_units_bind(sqlite3_stmt *statement, int index, const struct late_units *late) {
  if (!statement || late->from_ms == NEVER) return;
  sqlite3_bind_int64(statement, index, late->from_ms);
  sqlite3_bind_int64(statement, index + 1, late->to_ms);
  sqlite3_bind_int64(statement, index + 2, late->units);
}

static int64_t sum_before(struct store *store, int64_t lot_id, int64_t at_ms, int *rc) {
  struct span_range ranges[SPAN_LEVELS];
  spans_before(at_ms, ranges);
  return query_number(store, sql_late_before, 0, rc, "iiiiiii", lot_id, at_ms, ranges[0].from_ms,
                      ranges[1].from_ms, ranges[2].from_ms, ranges[3].from_ms, ranges[4].from_ms);
}

int64_t late_units_before(struct store *store, int64_t lot_id, const struct late_units *known,
                          int64_t at_ms, int *rc) {
  if (known->from_ms == NEVER || at_ms <= known->from_ms) return 0;
  return at_ms > known->to_ms ? known->units : sum_before(store, lot_id, at_ms, rc);
}

void late_units_add(struct store *store, int64_t lot_id, int64_t at_ms, int64_t units, int *rc) {
  for (int level = 0; level < SPAN_LEVELS; level++) {
    query_run(store, sql_late_add, rc, "iiii", lot_id, (int64_t)level, span_begin(level, at_ms),
              units);
  }
  query_run(store, sql_lot_add_late, rc, "iii", lot_id, at_ms, units);
}

/* From the lowest level up: each level is summed from the one below. Level 0 has nothing to sum. */
void late_units_take_back(struct store *store, int64_t lot_id, int64_t from_ms, int *rc) {
  if (!query_number(store, sql_late_from, 0, rc, "ii", lot_id, from_ms)) return;
  for (int level = 0; level < SPAN_LEVELS; level++) {
    int64_t begin = span_begin(level, from_ms);
    query_run(store, sql_late_drop, rc, "iii", lot_id, (int64_t)level, begin);
    if (begin == from_ms) continue;
    query_run(store, sql_late_sum, rc, "iiii", lot_id, (int64_t)level, begin, from_ms);
  }
}

static struct late_units read_late(struct store *store, const char *sql, int64_t lot_id, int *rc) {
  sqlite3_stmt *row = query_open(store, sql, rc, "i", lot_id);
  struct late_units late = {NEVER, NEVER, 0};
  if (store_row(row, rc)) late = late_units_of_row(row, 0);
  store_put(store, sql, row, rc);
  return late;
}

struct late_units late_units_of_lot(struct store *store, int64_t lot_id, int *rc) {
  return read_late(store, sql_lot_late, lot_id, rc);
}

struct late_units late_units_read(struct store *store, int64_t lot_id, int *rc) {
  struct late_units late = read_late(store, sql_late_ends, lot_id, rc);
  if (late.from_ms != NEVER) late.units = sum_before(store, lot_id, INT64_MAX, rc);
  return late;
}

/*
** billing_late_units(lot_id, at_ms, late_to_ms, late_units): late_units_before() for the statements
** of reading tables, which ask only where the lot's row has late units before the instant.
*/
static void late_units(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  int64_t at_ms = sqlite3_value_int64(argv[1]);
  int rc = SQLITE_OK;
  (void)argc;
  if (at_ms > sqlite3_value_int64(argv[2])) {
    sqlite3_result_value(context, argv[3]);
    return;
  }
  sqlite3_result_int64(context, sum_before(store, sqlite3_value_int64(argv[0]), at_ms, &rc));
  if (rc != SQLITE_OK) sqlite3_result_error_code(context, rc);
}

const struct function_def late_functions[] = {
    {"billing_late_units", 4, SQLITE_DIRECTONLY, late_units,
     "not for the schema: statements of the reading tables call it"},
    {NULL, 0, 0, NULL, NULL},
};
