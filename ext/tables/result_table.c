#include "tables/result_table.h"

#include <string.h>

#include "tables/tables.h"

SQLITE_EXTENSION_INIT3

/* idxNum: which of the two is passed, in this order; idxStr is not used. */
#define PLAN_ARGUMENT 1
#define PLAN_EQUAL 2

#define ALL_KEYS 1000.0 /* rows expected without the parameter: that many times more */

extern const struct result_table explain_charge_table, settlement_preview_table;

static const struct result_table *const result_tables[] = {&explain_charge_table,
                                                           &settlement_preview_table};

#define TABLE_COUNT (sizeof(result_tables) / sizeof(result_tables[0]))

/* By module name, without regard to case; NULL when there is none. */
static const struct result_table *find_table(const char *name) {
  for (size_t i = 0; i < TABLE_COUNT; i++) {
    if (sqlite3_stricmp(result_tables[i]->name, name) == 0) return result_tables[i];
  }
  return NULL;
}

static const struct result_table *table_of(const struct result_cursor *cursor) {
  return ((const struct result_vtab *)cursor->base.pVtab)->table;
}

void *result_add(struct result_cursor *cursor, int *rc) {
  size_t size = (size_t)table_of(cursor)->row_bytes;
  if (*rc != SQLITE_OK) return NULL;
  if (cursor->count == cursor->room) {
    int room = cursor->room ? cursor->room * 2 : 16;
    void *grown = sqlite3_realloc64(cursor->rows, (uint64_t)room * size);
    if (!grown) {
      *rc = SQLITE_NOMEM;
      return NULL;
    }
    cursor->rows = grown;
    cursor->room = room;
  }
  return memset(cursor->rows + (size_t)cursor->count++ * size, 0, size);
}

const void *result_row(const struct result_cursor *cursor) {
  return cursor->rows + (size_t)cursor->row * (size_t)table_of(cursor)->row_bytes;
}

int result_fail(struct result_cursor *cursor, int rc, char *message) {
  sqlite3_vtab *vtab = cursor->base.pVtab;
  if (rc == SQLITE_OK || vtab->zErrMsg) {
    sqlite3_free(message);
  } else {
    vtab->zErrMsg = message;
  }
  return rc;
}

/* ---- connecting ---- */

static int result_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                          sqlite3_vtab **result, char **error) {
  const struct result_table *table = find_table(argv[0]);
  struct result_vtab *vtab;
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

static int result_disconnect(sqlite3_vtab *vtab) {
  sqlite3_free(vtab);
  return SQLITE_OK;
}

/* ---- planning ---- */

static int result_best_index(sqlite3_vtab *base, sqlite3_index_info *info) {
  const struct result_table *table = ((struct result_vtab *)base)->table;
  int argument = -1, equal = -1, next = 0;
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
    if (constraint->op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (constraint->iColumn == table->visible) {
      if (!constraint->usable) return SQLITE_CONSTRAINT; /* another join order must be tried */
      argument = i;
    } else if (constraint->iColumn == table->parameter && constraint->usable &&
               sqlite3_stricmp(sqlite3_vtab_collation(info, i), "BINARY") == 0) {
      equal = i;
    }
  }
  info->idxNum = 0;
  if (argument >= 0) {
    info->idxNum |= PLAN_ARGUMENT;
    info->aConstraintUsage[argument].argvIndex = ++next;
    info->aConstraintUsage[argument].omit = 1;
  }
  if (equal >= 0) {
    info->idxNum |= PLAN_EQUAL;
    info->aConstraintUsage[equal].argvIndex = ++next;
  }
  info->estimatedRows = table->rows_expected;
  if (next == 0) info->estimatedRows *= (sqlite3_int64)ALL_KEYS;
  info->estimatedCost = 100.0 * (double)info->estimatedRows;
  return SQLITE_OK;
}

/* ---- rows ---- */

static void drop_rows(struct result_cursor *cursor) {
  const struct result_table *table = table_of(cursor);
  for (int i = 0; i < cursor->count && table->drop; i++) {
    table->drop(cursor->rows + (size_t)i * (size_t)table->row_bytes);
  }
  cursor->count = cursor->row = 0;
}

static void rewind_cursor(struct result_cursor *cursor) {
  int rc = SQLITE_OK;
  drop_rows(cursor);
  if (cursor->keys) store_put(cursor->store, cursor->keys_id, cursor->keys, &rc);
  cursor->keys = NULL;
  sqlite3_value_free(cursor->argument);
  sqlite3_value_free(cursor->equal);
  cursor->argument = cursor->equal = cursor->given = NULL;
  cursor->batch = 0;
  cursor->rowid = 1;
}

static int next_batch(struct result_cursor *cursor) {
  int rc;
  drop_rows(cursor);
  cursor->batch++;
  rc = table_of(cursor)->fill(cursor);
  if (rc == SQLITE_OK) return rc;
  drop_rows(cursor);
  if (rc == SQLITE_NOMEM) return rc;
  return result_fail(cursor, rc, store_error(cursor->store->db, table_of(cursor)->name, rc));
}

static int result_next(sqlite3_vtab_cursor *base) {
  struct result_cursor *cursor = (struct result_cursor *)base;
  cursor->rowid++;
  if (++cursor->row < cursor->count) return SQLITE_OK;
  return next_batch(cursor);
}

static bool is_null(const sqlite3_value *value) {
  return sqlite3_value_type((sqlite3_value *)value) == SQLITE_NULL;
}

static int result_filter(sqlite3_vtab_cursor *base, int plan, const char *text, int argc,
                         sqlite3_value **argv) {
  struct result_cursor *cursor = (struct result_cursor *)base;
  int next = 0;
  (void)text;
  (void)argc;
  rewind_cursor(cursor);
  if (plan & PLAN_ARGUMENT) {
    cursor->argument = sqlite3_value_dup(argv[next++]);
    if (!cursor->argument) return SQLITE_NOMEM;
  }
  if (plan & PLAN_EQUAL) {
    if (is_null(argv[next])) return SQLITE_OK;
    cursor->equal = sqlite3_value_dup(argv[next]);
    if (!cursor->equal) return SQLITE_NOMEM;
  }
  cursor->given = cursor->argument && !is_null(cursor->argument) ? cursor->argument : cursor->equal;
  return next_batch(cursor);
}

static int result_eof(sqlite3_vtab_cursor *base) {
  const struct result_cursor *cursor = (struct result_cursor *)base;
  return cursor->row >= cursor->count;
}

static int result_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  struct result_cursor *cursor = (struct result_cursor *)base;
  const struct result_table *table = table_of(cursor);
  if (column < table->visible) return table->column(cursor, context, column);
  if (cursor->argument) sqlite3_result_value(context, cursor->argument);
  return SQLITE_OK;
}

static int result_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid) {
  *rowid = ((struct result_cursor *)base)->rowid;
  return SQLITE_OK;
}

/* ---- cursors ---- */

static int result_open(sqlite3_vtab *base, sqlite3_vtab_cursor **result) {
  struct result_cursor *cursor = sqlite3_malloc(sizeof(*cursor));
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof(*cursor));
  cursor->store = ((struct result_vtab *)base)->store;
  *result = &cursor->base;
  return SQLITE_OK;
}

static int result_close(sqlite3_vtab_cursor *base) {
  struct result_cursor *cursor = (struct result_cursor *)base;
  rewind_cursor(cursor);
  sqlite3_free(cursor->rows);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

static const sqlite3_module result_module = {
    .iVersion = 0,
    .xCreate = result_connect,
    .xConnect = result_connect,
    .xBestIndex = result_best_index,
    .xDisconnect = result_disconnect,
    .xDestroy = result_disconnect,
    .xOpen = result_open,
    .xClose = result_close,
    .xFilter = result_filter,
    .xNext = result_next,
    .xEof = result_eof,
    .xColumn = result_column,
    .xRowid = result_rowid,
};

int result_tables_register(sqlite3 *db, struct store *store) {
  int rc = SQLITE_OK;
  for (size_t i = 0; i < TABLE_COUNT && rc == SQLITE_OK; i++) {
    rc = sqlite3_create_module_v2(db, result_tables[i]->name, store ? &result_module : NULL, store,
                                  NULL);
  }
  return rc;
}
