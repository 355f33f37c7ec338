#include "tables/query_table.h"

#include <string.h>

#include "tables/tables.h"
#include "facts/lookup.h"

SQLITE_EXTENSION_INIT3

/*
** idxNum: bit 1 << slot when that parameter's value is passed, in the order of slots; then these.
** idxStr is not used.
*/
#define PLAN_DAY_FROM (1 << SLOT_COUNT)     /* the next value: day >= it */
#define PLAN_DAY_TO (1 << (SLOT_COUNT + 1)) /* the last value: day <= it */
#define PLAN_PAST (1 << (SLOT_COUNT + 2))   /* no value: a column of past_columns is read */
#define PLAN_SLOT(slot) (1 << (slot))

#define ALL_TEAMS 1000.0 /* teams that the planner reckons with */
#define LAST_RESORT 1e30 /* cost of a plan that can't know `at` */

static int fail(struct query_vtab *vtab, int rc) {
  if (rc == SQLITE_OK || rc == SQLITE_NOMEM || vtab->base.zErrMsg) return rc;
  vtab->base.zErrMsg = store_error(vtab->store->db, vtab->table->name, rc);
  return rc;
}

struct store *query_store(const struct query_cursor *cursor) {
  return ((const struct query_vtab *)cursor->base.pVtab)->store;
}

/* ---- connecting ---- */

static int query_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                         sqlite3_vtab **result, char **error) {
  const struct query_table *table = tables_find(argv[0]);
  struct query_vtab *vtab;
  int rc;
  *error = tables_refusal(argc, argv);
  if (*error) return SQLITE_ERROR;
  if (!table) return SQLITE_INTERNAL;
  /* Innocuous: it reads facts and ledger of its own file, whatever schema or trigger names it. */
  rc = sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  if (rc == SQLITE_OK) rc = sqlite3_declare_vtab(db, table->declaration);
  if (rc != SQLITE_OK) return rc;
  vtab = sqlite3_malloc(sizeof(*vtab));
  if (!vtab) return SQLITE_NOMEM;
  memset(vtab, 0, sizeof(*vtab));
  vtab->store = aux;
  vtab->table = table;
  *result = &vtab->base;
  return SQLITE_OK;
}

static int query_disconnect(sqlite3_vtab *vtab) {
  sqlite3_free(vtab);
  return SQLITE_OK;
}

/* ---- planning ---- */

struct plan {
  int chosen[SLOT_COUNT]; /* constraint that gives each parameter, or -1 */
  int day_from, day_to;   /* likewise */
  bool needs_order; /* an argument's value is not known yet: another join order must be tried */
  bool unknown[SLOT_COUNT]; /* likewise for an equality on a column */
};

static bool is_argument(int slot) {
  return slot == SLOT_P_TEAM || slot == SLOT_P_AT || slot == SLOT_P_OWN;
}

static int slot_of(const struct query_table *table, int column) {
  for (int slot = 0; slot < SLOT_P_OWN; slot++) {
    if (table->slots[slot] == column) return slot;
  }
  for (int slot = SLOT_P_OWN; slot < SLOT_COUNT && column > 0; slot++) {
    if (table->slots[slot] == column) return slot;
  }
  return -1;
}

static void plan_day(struct plan *plan, int op, int constraint) {
  if (op == SQLITE_INDEX_CONSTRAINT_EQ || op == SQLITE_INDEX_CONSTRAINT_GE ||
      op == SQLITE_INDEX_CONSTRAINT_GT) {
    if (plan->day_from < 0) plan->day_from = constraint;
  }
  if (op == SQLITE_INDEX_CONSTRAINT_EQ || op == SQLITE_INDEX_CONSTRAINT_LE ||
      op == SQLITE_INDEX_CONSTRAINT_LT) {
    if (plan->day_to < 0) plan->day_to = constraint;
  }
}

static void plan_constraint(const struct query_table *table, sqlite3_index_info *info, int i,
                            struct plan *plan) {
  const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
  int slot = slot_of(table, constraint->iColumn);
  int op = constraint->op;
  if (constraint->iColumn >= 0 && constraint->iColumn == table->day_column && constraint->usable) {
    plan_day(plan, op, i);
    return;
  }
  if (slot < 0) return;
  if (op != SQLITE_INDEX_CONSTRAINT_EQ && !(op == SQLITE_INDEX_CONSTRAINT_IS && slot == SLOT_AT)) {
    return;
  }
  if (!constraint->usable) {
    if (is_argument(slot)) plan->needs_order = true;
    plan->unknown[slot] = true;
    return;
  }
  /* A team is found by its bytes; other collations filter what all teams give. */
  if (slot == SLOT_TEAM && sqlite3_stricmp(sqlite3_vtab_collation(info, i), "BINARY") != 0) return;
  if (plan->chosen[slot] < 0) plan->chosen[slot] = i;
}

/* Pass a constraint's value to query_filter. SQLite checks it again unless it is an argument. */
static void pass(sqlite3_index_info *info, int constraint, int bit, bool omit, int *next) {
  if (constraint < 0) return;
  info->idxNum |= bit;
  /* `day = x` is passed once and read as both ends of the range. */
  if (info->aConstraintUsage[constraint].argvIndex != 0) return;
  info->aConstraintUsage[constraint].argvIndex = ++*next;
  info->aConstraintUsage[constraint].omit = omit;
}

/* A value is in hand for the argument or its equality, unless both are omitted. */
static bool knows(const struct plan *plan, enum slot argument) {
  return plan->chosen[argument] >= 0 || plan->chosen[argument + 1] >= 0 ||
         !plan->unknown[argument + 1];
}

static int query_best_index(sqlite3_vtab *base, sqlite3_index_info *info) {
  const struct query_table *table = ((struct query_vtab *)base)->table;
  struct plan plan = {{-1, -1, -1, -1, -1, -1}, -1, -1, false, {false}};
  bool one_team, knows_all;
  int next = 0;
  for (int i = 0; i < info->nConstraint; i++) plan_constraint(table, info, i, &plan);
  if (plan.needs_order) return SQLITE_CONSTRAINT;
  info->idxNum = 0;
  for (int slot = 0; slot < SLOT_COUNT; slot++) {
    pass(info, plan.chosen[slot], PLAN_SLOT(slot), is_argument(slot), &next);
  }
  pass(info, plan.day_from, PLAN_DAY_FROM, false, &next);
  pass(info, plan.day_to, PLAN_DAY_TO, false, &next);
  if (info->colUsed & table->past_columns) info->idxNum |= PLAN_PAST;
  one_team = plan.chosen[SLOT_P_TEAM] >= 0 || plan.chosen[SLOT_TEAM] >= 0;
  knows_all = knows(&plan, SLOT_P_AT) && knows(&plan, SLOT_P_OWN);
  info->estimatedRows = table->rows_per_team;
  if (!one_team) info->estimatedRows *= (sqlite3_int64)ALL_TEAMS;
  if (plan.day_from >= 0) info->estimatedRows = info->estimatedRows / 4 + 1;
  if (plan.day_to >= 0) info->estimatedRows = info->estimatedRows / 4 + 1;
  info->estimatedCost = knows_all ? 10.0 * (double)info->estimatedRows + 10.0 : LAST_RESORT;
  if (one_team && table->rows_per_team == 1) info->idxFlags |= SQLITE_INDEX_SCAN_UNIQUE;
  return SQLITE_OK;
}

/* ---- arguments ---- */

static void forget_arguments(struct query_cursor *cursor) {
  for (int slot = 0; slot < SLOT_COUNT; slot++) {
    sqlite3_value_free(cursor->given[slot]);
    cursor->given[slot] = NULL;
  }
  cursor->team = NULL;
}

static bool is_null(sqlite3_value *value) {
  return !value || sqlite3_value_type(value) == SQLITE_NULL;
}

/* A parameter as it stands: the argument, else the equality; NULL when both are omitted. */
static sqlite3_value *value_of(const struct query_cursor *cursor, enum slot argument) {
  sqlite3_value *given = cursor->given[argument];
  return is_null(given) ? cursor->given[argument + 1] : given;
}

sqlite3_value *query_own(const struct query_cursor *cursor) {
  return value_of(cursor, SLOT_P_OWN);
}

static int read_now(struct query_cursor *cursor) {
  struct store *store = query_store(cursor);
  int rc = SQLITE_OK;
  sqlite3_stmt *now = store_take(store, sql_read_now, &rc);
  if (store_row(now, &rc)) cursor->at_ms = sqlite3_column_int64(now, 0);
  store_put(store, sql_read_now, now, &rc);
  return rc;
}

static int read_at(struct query_cursor *cursor) {
  struct query_vtab *vtab = (struct query_vtab *)cursor->base.pVtab;
  sqlite3_value *value = value_of(cursor, SLOT_P_AT);
  const char *text;
  int rc = SQLITE_OK;
  if (!value) {
    rc = fail(vtab, read_now(cursor));
  } else {
    text = (const char *)sqlite3_value_text(value);
    if (!text) return SQLITE_NOMEM;
    if (sqlite3_value_type(value) != SQLITE_TEXT ||
        !instant_parse(text, (size_t)sqlite3_value_bytes(value), &cursor->at_ms)) {
      vtab->base.zErrMsg =
          sqlite3_mprintf("%s: at is not a UTC time, '%!.60s', write YYYY-MM-DD HH:MM:SS[.SSS]",
                          vtab->table->name, text);
      return SQLITE_ERROR;
    }
  }
  instant_format(cursor->at_ms, cursor->at);
  return rc;
}

/*
** The start of a day given as text `YYYY-MM-DD`. Anything else compares with days as SQLite does:
** the range is left open and SQLite's own check decides.
*/
static bool day_start(sqlite3_value *value, int64_t *ms) {
  char text[] = "YYYY-MM-DD 00:00:00";
  if (sqlite3_value_type(value) != SQLITE_TEXT || sqlite3_value_bytes(value) != 10) return false;
  memcpy(text, sqlite3_value_text(value), 10);
  return instant_parse(text, sizeof(text) - 1, ms);
}

static void read_days(struct query_cursor *cursor, int plan, int argc, sqlite3_value **argv) {
  int64_t ms;
  cursor->from_ms = INT64_MIN;
  cursor->to_ms = INT64_MAX;
  if (!(plan & (PLAN_DAY_FROM | PLAN_DAY_TO))) return;
  if ((plan & PLAN_DAY_TO) && day_start(argv[argc - 1], &ms)) cursor->to_ms = ms + MS_PER_DAY;
  if (plan & PLAN_DAY_FROM) {
    /* The first of the two, or the same one. */
    int slots = 0;
    for (int slot = 0; slot < SLOT_COUNT; slot++) slots += (plan & PLAN_SLOT(slot)) != 0;
    if (day_start(argv[slots], &ms)) cursor->from_ms = ms;
  }
}

/* Sets *none when an equality with NULL leaves no row. */
static int read_arguments(struct query_cursor *cursor, int plan, int argc, sqlite3_value **argv,
                          bool *none) {
  int next = 0;
  *none = false;
  for (int slot = 0; slot < SLOT_COUNT; slot++) {
    if (!(plan & PLAN_SLOT(slot))) continue;
    if (!is_argument(slot) && is_null(argv[next])) *none = true;
    cursor->given[slot] = sqlite3_value_dup(argv[next++]);
    if (!cursor->given[slot]) return SQLITE_NOMEM;
  }
  cursor->team = value_of(cursor, SLOT_P_TEAM);
  cursor->past = (plan & PLAN_PAST) != 0;
  read_days(cursor, plan, argc, argv);
  return SQLITE_OK;
}

/* ---- rows ---- */

static void put_rows(struct query_cursor *cursor, int *rc) {
  if (cursor->rows) store_put(query_store(cursor), *cursor->running, cursor->rows, rc);
  cursor->rows = NULL;
}

static int bind_rows(struct query_cursor *cursor) {
  sqlite3_value *team = (sqlite3_value *)cursor->team;
  int count = sqlite3_bind_parameter_count(cursor->rows);
  int rc = SQLITE_OK;
  if (count >= 1 && !is_null(team)) {
    const char *text = (const char *)sqlite3_value_text(team);
    if (!text) return SQLITE_NOMEM;
    rc = sqlite3_bind_text(cursor->rows, 1, text, sqlite3_value_bytes(team), SQLITE_STATIC);
  }
  if (rc == SQLITE_OK && count >= 2) rc = sqlite3_bind_int64(cursor->rows, 2, cursor->at_ms);
  if (rc == SQLITE_OK && count >= 3) {
    rc = sqlite3_bind_text(cursor->rows, 3, cursor->at, -1, SQLITE_STATIC);
  }
  if (rc == SQLITE_OK && count >= 4) rc = sqlite3_bind_int64(cursor->rows, 4, cursor->from_ms);
  if (rc == SQLITE_OK && count >= 5) rc = sqlite3_bind_int64(cursor->rows, 5, cursor->to_ms);
  return rc;
}

static int start_statement(struct query_cursor *cursor, const char *const *statement) {
  struct query_vtab *vtab = (struct query_vtab *)cursor->base.pVtab;
  int rc = SQLITE_OK;
  cursor->running = statement;
  cursor->rows = store_take(vtab->store, *statement, &rc);
  if (!cursor->rows) return fail(vtab, rc);
  return bind_rows(cursor);
}

static int query_next(sqlite3_vtab_cursor *base) {
  struct query_cursor *cursor = (struct query_cursor *)base;
  struct query_vtab *vtab = (struct query_vtab *)base->pVtab;
  const struct query_table *table = vtab->table;
  int rc = SQLITE_OK;
  cursor->rowid++;
  while (rc == SQLITE_OK && !store_row(cursor->rows, &rc)) {
    const char *const *next = cursor->running + 1;
    fail(vtab, rc); /* before the reset: it keeps the message */
    put_rows(cursor, &rc);
    if (rc != SQLITE_OK || !*next) return rc;
    rc = start_statement(cursor, next);
  }
  if (rc == SQLITE_OK && table->maker) rc = fail(vtab, table->maker->make(cursor));
  return rc;
}

static int query_filter(sqlite3_vtab_cursor *base, int plan, const char *text, int argc,
                        sqlite3_value **argv) {
  struct query_cursor *cursor = (struct query_cursor *)base;
  const struct query_table *table = ((struct query_vtab *)base->pVtab)->table;
  bool none;
  int rc = SQLITE_OK;
  (void)text;
  put_rows(cursor, &rc);
  forget_arguments(cursor);
  cursor->rowid = 0;
  rc = read_arguments(cursor, plan, argc, argv, &none);
  if (rc != SQLITE_OK || none) return rc;
  if (table->slots[SLOT_P_AT] != NO_COLUMN) rc = read_at(cursor);
  if (rc == SQLITE_OK) rc = start_statement(cursor, table->rows);
  return rc == SQLITE_OK ? query_next(base) : rc;
}

static int query_eof(sqlite3_vtab_cursor *base) {
  return ((struct query_cursor *)base)->rows == NULL;
}

static int query_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  struct query_cursor *cursor = (struct query_cursor *)base;
  const struct query_table *table = ((struct query_vtab *)base->pVtab)->table;
  if (column < table->visible) {
    if (table->maker) return table->maker->column(cursor, context, column);
    sqlite3_result_value(context, sqlite3_column_value(cursor->rows, column));
  } else if (column == table->slots[SLOT_AT]) {
    sqlite3_result_text(context, cursor->at, -1, SQLITE_TRANSIENT);
  } else {
    int slot = slot_of(table, column);
    if (slot >= 0 && cursor->given[slot]) sqlite3_result_value(context, cursor->given[slot]);
  }
  return SQLITE_OK;
}

static int query_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid) {
  *rowid = ((struct query_cursor *)base)->rowid;
  return SQLITE_OK;
}

/* ---- cursors ---- */

static int query_open(sqlite3_vtab *base, sqlite3_vtab_cursor **result) {
  const struct query_maker *maker = ((struct query_vtab *)base)->table->maker;
  size_t extra = maker ? (size_t)maker->bytes : 0;
  struct query_cursor *cursor = sqlite3_malloc64(sizeof(*cursor) + extra);
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof(*cursor) + extra);
  cursor->extra = cursor + 1;
  *result = &cursor->base;
  return SQLITE_OK;
}

static int query_close(sqlite3_vtab_cursor *base) {
  struct query_cursor *cursor = (struct query_cursor *)base;
  int rc = SQLITE_OK;
  put_rows(cursor, &rc);
  forget_arguments(cursor);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

const sqlite3_module query_table_module = {
    .iVersion = 0,
    .xCreate = query_connect,
    .xConnect = query_connect,
    .xBestIndex = query_best_index,
    .xDisconnect = query_disconnect,
    .xDestroy = query_disconnect,
    .xOpen = query_open,
    .xClose = query_close,
    .xFilter = query_filter,
    .xNext = query_next,
    .xEof = query_eof,
    .xColumn = query_column,
    .xRowid = query_rowid,
};
