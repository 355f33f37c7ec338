#include "store/txn_watch.h"

#include <string.h>

#include "facts/catalogue.h"
#include "store/empty_table.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_witness[] = "INSERT INTO billing_witness(empty) VALUES (0)";

struct witness {
  sqlite3_vtab base;
  struct store *store;
};

static struct store *store_of(sqlite3_vtab *table) {
  return ((struct witness *)table)->store;
}

static int witness_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                           sqlite3_vtab **table, char **error) {
  struct witness *witness;
  int rc = sqlite3_declare_vtab(db, "CREATE TABLE x(empty)");
  (void)argc;
  (void)argv;
  (void)error;
  if (rc != SQLITE_OK) return rc;
  witness = sqlite3_malloc(sizeof(*witness));
  if (!witness) return SQLITE_NOMEM;
  memset(witness, 0, sizeof(*witness));
  witness->store = aux;
  *table = &witness->base;
  return SQLITE_OK;
}

static int witness_disconnect(sqlite3_vtab *table) {
  sqlite3_free(table);
  return SQLITE_OK;
}

/* A write makes it take part; there is nothing to write. */
static int witness_update(sqlite3_vtab *table, int argc, sqlite3_value **argv,
                          sqlite3_int64 *rowid) {
  (void)table;
  (void)argc;
  (void)argv;
  *rowid = 0;
  return SQLITE_OK;
}

static int witness_starts(sqlite3_vtab *table) {
  store_of(table)->witnessed = 1;
  return SQLITE_OK;
}

/* Called once the file has it: the data version is that of this very commit. */
static int witness_commit(sqlite3_vtab *table) {
  struct store *store = store_of(table);
  store->committed = data_version(store->db);
  store->witnessed = 0;
  return SQLITE_OK;
}

static int witness_rollback(sqlite3_vtab *table) {
  store_of(table)->witnessed = 0;
  store_of(table)->undone++;
  return SQLITE_OK;
}

/* SQLite calls the rest only if there is this. */
static int witness_savepoint(sqlite3_vtab *table, int savepoint) {
  (void)table;
  (void)savepoint;
  return SQLITE_OK;
}

static int witness_rollback_to(sqlite3_vtab *table, int savepoint) {
  (void)savepoint;
  store_of(table)->undone++;
  return SQLITE_OK;
}

static const sqlite3_module witness_module = {
    .iVersion = 2,
    .xCreate = NULL, /* eponymous only */
    .xConnect = witness_connect,
    .xBestIndex = empty_best_index,
    .xDisconnect = witness_disconnect,
    .xOpen = empty_open,
    .xClose = empty_close,
    .xFilter = empty_filter,
    .xNext = empty_next,
    .xEof = empty_eof,
    .xColumn = empty_column,
    .xRowid = empty_rowid,
    .xUpdate = witness_update,
    .xBegin = witness_starts,
    .xCommit = witness_commit,
    .xRollback = witness_rollback,
    .xSavepoint = witness_savepoint,
    .xRollbackTo = witness_rollback_to,
};

int witness_register(struct store *store) {
  return sqlite3_create_module_v2(store->db, "billing_witness", &witness_module, store, NULL);
}

int witness_drop(sqlite3 *db) {
  return sqlite3_create_module_v2(db, "billing_witness", NULL, NULL, NULL);
}

void witness_begin(struct store *store, int *rc) {
  if (store->witnessed) return;
  store_run(store, sql_witness, store_take(store, sql_witness, rc), rc);
}
