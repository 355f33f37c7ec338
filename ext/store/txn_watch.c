#include "store/txn_watch.h"

#include <string.h>

#include "store/empty_table.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_txn_watch[] = "INSERT INTO billing_txn_watch(empty) VALUES (0)";

struct txn_watch {
  sqlite3_vtab base;
  struct store *store;
};

static struct store *store_of(sqlite3_vtab *table) {
  return ((struct txn_watch *)table)->store;
}

static int txn_watch_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                             sqlite3_vtab **table, char **error) {
  int rc = vtab_make(db, "CREATE TABLE x(empty)", sizeof(struct txn_watch), table);
  (void)argc;
  (void)argv;
  (void)error;
  if (rc == SQLITE_OK) ((struct txn_watch *)*table)->store = aux;
  return rc;
}

/* A write makes it take part; there is nothing to write. */
static int txn_watch_update(sqlite3_vtab *table, int argc, sqlite3_value **argv,
                            sqlite3_int64 *rowid) {
  (void)table;
  (void)argc;
  (void)argv;
  *rowid = 0;
  return SQLITE_OK;
}

static int txn_watch_starts(sqlite3_vtab *table) {
  store_of(table)->watched = 1;
  return SQLITE_OK;
}

/* Called once the file has it: the data version is that of this very commit. */
static int txn_watch_commit(sqlite3_vtab *table) {
  struct store *store = store_of(table);
  store->committed = data_version(store->db);
  store->watched = 0;
  store->arriving = ARRIVING_NONE;
  return SQLITE_OK;
}

static int txn_watch_rollback(sqlite3_vtab *table) {
  store_of(table)->watched = 0;
  store_of(table)->undone++;
  store_of(table)->arriving = ARRIVING_NONE;
  return SQLITE_OK;
}

/* SQLite calls the rest only if there is this. */
static int txn_watch_savepoint(sqlite3_vtab *table, int savepoint) {
  (void)table;
  (void)savepoint;
  return SQLITE_OK;
}

static int txn_watch_rollback_to(sqlite3_vtab *table, int savepoint) {
  (void)savepoint;
  store_of(table)->undone++;
  return SQLITE_OK;
}

static const sqlite3_module txn_watch_module = {
    .iVersion = 2,
    .xCreate = NULL, /* eponymous only */
    .xConnect = txn_watch_connect,
    .xDisconnect = vtab_free,
    EMPTY_TABLE_METHODS,
    .xUpdate = txn_watch_update,
    .xBegin = txn_watch_starts,
    .xCommit = txn_watch_commit,
    .xRollback = txn_watch_rollback,
    .xSavepoint = txn_watch_savepoint,
    .xRollbackTo = txn_watch_rollback_to,
};

int txn_watch_register(struct store *store) {
  return sqlite3_create_module_v2(store->db, "billing_txn_watch", &txn_watch_module, store, NULL);
}

int txn_watch_drop(sqlite3 *db) {
  return sqlite3_create_module_v2(db, "billing_txn_watch", NULL, NULL, NULL);
}

void txn_watch_begin(struct store *store, int *rc) {
  if (store->watched) return;
  store_run(store, sql_txn_watch, store_take(store, sql_txn_watch, rc), rc);
}
