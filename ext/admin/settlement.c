/*
** settlement(team_id, rebuild): INSERT settles; reading lists the teams that something is marked
** for.
**
** A virtual table, because `rebuild` is a hidden column: INSERT INTO settlement VALUES (NULL) goes
** on to have one value. A row is one INSERT into the view _billing_settlement, which SQLite undoes
** as a whole when it fails.
*/
#include "admin/settlement.h"

#include <string.h>

#include "facts/sql_parts.h"
#include "store/empty_table.h"
#include "store/error.h"
#include "store/query.h"
#include "store/show.h"
#include "store/store.h"
#include "tables/tables.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_settlement_add[] =
    "INSERT INTO main._billing_settlement(team_id, rebuild) VALUES (?1, ?2)";

static const char sql_waiting[] =
    "SELECT team_id FROM main._billing_wallet"
    " WHERE wallet_id IN (SELECT wallet_id FROM " SQL_MARKS
    ")"
    "  OR EXISTS (SELECT 1 FROM " SQL_MARKS " WHERE wallet_id = 0)";

enum { COLUMN_TEAM, COLUMN_REBUILD };

struct settlement_vtab {
  sqlite3_vtab base;
  struct store *store;
};

struct settlement_cursor {
  sqlite3_vtab_cursor base;
  sqlite3_stmt *rows; /* borrowed; NULL: at the end */
  sqlite3_int64 rowid;
};

static struct store *store_of(sqlite3_vtab *table) {
  return ((struct settlement_vtab *)table)->store;
}

static int fail(sqlite3_vtab *table, int rc) {
  if (rc == SQLITE_OK || rc == SQLITE_NOMEM) return rc;
  sqlite3_free(table->zErrMsg);
  table->zErrMsg = sqlite3_mprintf("%s", sqlite3_errmsg(store_of(table)->db));
  return rc;
}

static int settlement_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                              sqlite3_vtab **result, char **error) {
  int rc;
  *error = tables_refusal(argc, argv);
  if (*error) return SQLITE_ERROR;
  /*
  ** Innocuous: triggers settle by it; it derives the ledger from the facts and does nothing else.
  */
  rc = sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  if (rc == SQLITE_OK) {
    rc = vtab_make(db, "CREATE TABLE x(team_id TEXT, rebuild INTEGER HIDDEN)",
                   sizeof(struct settlement_vtab), result);
  }
  if (rc == SQLITE_OK) ((struct settlement_vtab *)*result)->store = aux;
  return rc;
}

static int settlement_best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  (void)table;
  info->estimatedCost = 1000;
  return SQLITE_OK;
}

/* ---- reading ---- */

static int settlement_open(sqlite3_vtab *table, sqlite3_vtab_cursor **result) {
  struct settlement_cursor *cursor = sqlite3_malloc(sizeof(*cursor));
  (void)table;
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof(*cursor));
  *result = &cursor->base;
  return SQLITE_OK;
}

static void put_rows(struct settlement_cursor *cursor, int *rc) {
  store_put(store_of(cursor->base.pVtab), sql_waiting, cursor->rows, rc);
  cursor->rows = NULL;
}

static int settlement_close(sqlite3_vtab_cursor *base) {
  int rc = SQLITE_OK;
  put_rows((struct settlement_cursor *)base, &rc);
  sqlite3_free(base);
  return SQLITE_OK;
}

static int settlement_next(sqlite3_vtab_cursor *base) {
  struct settlement_cursor *cursor = (struct settlement_cursor *)base;
  int rc = SQLITE_OK;
  cursor->rowid++;
  if (!store_row(cursor->rows, &rc)) {
    fail(base->pVtab, rc);
    put_rows(cursor, &rc);
  }
  return rc;
}

static int settlement_filter(sqlite3_vtab_cursor *base, int plan, const char *text, int argc,
                             sqlite3_value **argv) {
  struct settlement_cursor *cursor = (struct settlement_cursor *)base;
  int rc = SQLITE_OK;
  (void)plan;
  (void)text;
  (void)argc;
  (void)argv;
  put_rows(cursor, &rc);
  cursor->rowid = 0;
  cursor->rows = store_take(store_of(base->pVtab), sql_waiting, &rc);
  return cursor->rows ? settlement_next(base) : fail(base->pVtab, rc);
}

static int settlement_eof(sqlite3_vtab_cursor *base) {
  return ((struct settlement_cursor *)base)->rows == NULL;
}

static int settlement_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  struct settlement_cursor *cursor = (struct settlement_cursor *)base;
  if (column == COLUMN_TEAM) {
    sqlite3_result_value(context, sqlite3_column_value(cursor->rows, 0));
  }
  return SQLITE_OK;
}

static int settlement_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid) {
  *rowid = ((struct settlement_cursor *)base)->rowid;
  return SQLITE_OK;
}

/* ---- writing ---- */

static int refuse(sqlite3_vtab *table, const char *wrong, sqlite3_value *value,
                  const char *remedy) {
  sqlite3_str *out = sqlite3_str_new(store_of(table)->db);
  sqlite3_str_appendall(out, wrong);
  if (value) show_value(out, value);
  sqlite3_str_appendall(out, remedy);
  sqlite3_free(table->zErrMsg);
  table->zErrMsg = sqlite3_str_finish(out);
  return table->zErrMsg ? SQLITE_CONSTRAINT : SQLITE_NOMEM;
}

/* 1, 0 or NULL */
static int check_rebuild(sqlite3_vtab *table, sqlite3_value *team_id, sqlite3_value *rebuild) {
  int64_t on = sqlite3_value_int64(rebuild);
  if (sqlite3_value_type(rebuild) == SQLITE_NULL) return SQLITE_OK;
  if (sqlite3_value_type(rebuild) != SQLITE_INTEGER || on < 0 || on > 1) {
    return refuse(table, "settlement.rebuild: not 0 or 1, ", rebuild,
                  ", give 1 to derive everything again");
  }
  if (on && sqlite3_value_type(team_id) != SQLITE_NULL) {
    return refuse(table, "settlement.rebuild: not for one team, ", team_id,
                  ", give NULL as team_id");
  }
  return SQLITE_OK;
}

static int settlement_update(sqlite3_vtab *table, int argc, sqlite3_value **argv,
                             sqlite3_int64 *rowid) {
  struct store *store = store_of(table);
  int rc = SQLITE_OK;
  if (argc == 1 || sqlite3_value_type(argv[0]) != SQLITE_NULL) {
    return refuse(table, "settlement: its rows are those that wait for settle()", NULL,
                  ", insert one to settle");
  }
  rc = check_rebuild(table, argv[2 + COLUMN_TEAM], argv[2 + COLUMN_REBUILD]);
  if (rc != SQLITE_OK) return rc;
  *rowid = 0;
  query_run(store, sql_settlement_add, &rc, "vv", argv[2 + COLUMN_TEAM], argv[2 + COLUMN_REBUILD]);
  return fail(table, rc);
}

static const sqlite3_module settlement_module = {
    .iVersion = 0,
    .xCreate = settlement_connect,
    .xConnect = settlement_connect,
    .xBestIndex = settlement_best_index,
    .xDisconnect = vtab_free,
    .xDestroy = vtab_free,
    .xOpen = settlement_open,
    .xClose = settlement_close,
    .xFilter = settlement_filter,
    .xNext = settlement_next,
    .xEof = settlement_eof,
    .xColumn = settlement_column,
    .xRowid = settlement_rowid,
    .xUpdate = settlement_update,
};

int settlement_register(sqlite3 *db, struct store *store) {
  return sqlite3_create_module_v2(db, "settlement", store ? &settlement_module : NULL, store, NULL);
}
