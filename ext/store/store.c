#include "store/store.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "store/empty_table.h"
#include "store/txn_watch.h"

SQLITE_EXTENSION_INIT3

/* ---- the owner: a virtual table with no rows, connected once a statement is kept ---- */

struct owner {
  sqlite3_vtab base;
  struct store *store;
};

static int owner_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                         sqlite3_vtab **table, char **error) {
  int rc = vtab_make(db, "CREATE TABLE x(empty)", sizeof(struct owner), table);
  (void)argc;
  (void)argv;
  (void)error;
  if (rc != SQLITE_OK) return rc;
  struct owner *owner = (struct owner *)*table;
  owner->store = aux;
  owner->store->connected = 1;
  return SQLITE_OK;
}

static void finalize(void *statement) {
  sqlite3_finalize(statement);
}

static void finalize_all(struct store *store) {
  map_clear(&store->statements, finalize);
}

static int owner_disconnect(sqlite3_vtab *table) {
  struct owner *owner = (struct owner *)table;
  finalize_all(owner->store);
  owner->store->connected = 0;
  return vtab_free(table);
}

static const sqlite3_module owner_module = {
    .iVersion = 0,
    .xCreate = NULL, /* eponymous only */
    .xConnect = owner_connect,
    .xDisconnect = owner_disconnect,
    EMPTY_TABLE_METHODS,
};

static void store_free(void *memory) {
  struct store *store = memory;
  finalize_all(store);
  for (int i = 0; i < KEPT_COUNT; i++) {
    if (store->kept[i].memory) store->kept[i].drop(store->kept[i].memory);
  }
  sqlite3_free(store);
}

struct store *store_open(sqlite3 *db, int *rc) {
  struct store *store = sqlite3_malloc(sizeof(*store));
  if (!store) {
    *rc = SQLITE_NOMEM;
    return NULL;
  }
  memset(store, 0, sizeof(*store));
  store->db = db;
  *rc = sqlite3_create_module_v2(db, "billing_store", &owner_module, store, store_free);
  if (*rc != SQLITE_OK) return NULL; /* on failure SQLite has called store_free */
  *rc = txn_watch_register(store);
  if (*rc == SQLITE_OK) return store;
  store_drop(db);
  return NULL;
}

int store_drop(sqlite3 *db) {
  int rc = txn_watch_drop(db);
  return rc == SQLITE_OK ? sqlite3_create_module_v2(db, "billing_store", NULL, NULL, NULL) : rc;
}

/* Have the owner connected, so that what is cached is finalised in time. */
static int connect_owner(struct store *store) {
  sqlite3_stmt *statement = NULL;
  int rc;
  if (store->connected) return SQLITE_OK;
  rc = sqlite3_prepare_v2(store->db, "SELECT 1 FROM billing_store", -1, &statement, NULL);
  sqlite3_finalize(statement);
  return rc;
}

void *store_grow(void *memory, int count, int *room, size_t size, int *rc) {
  int wanted = *room ? *room * 2 : 8;
  void *grown;
  if (count < *room) return memory;
  grown = sqlite3_realloc64(memory, (uint64_t)wanted * size);
  if (!grown) {
    *rc = SQLITE_NOMEM;
    return memory;
  }
  *room = wanted;
  return grown;
}

static int prepare(struct store *store, const char *sql, sqlite3_stmt **statement) {
  return sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
}

/* The statement that is kept under the address, which is then lent out; NULL: there is none. */
static sqlite3_stmt *take_kept(struct store *store, const char *key, int *rc) {
  void **place;
  sqlite3_stmt *statement;
  if (*rc == SQLITE_OK) *rc = connect_owner(store);
  place = map_place(&store->statements, map_address(key), rc);
  if (!place) return NULL;
  statement = *place;
  *place = NULL;
  return statement;
}

sqlite3_stmt *store_take(struct store *store, const char *sql, int *rc) {
  sqlite3_stmt *statement = take_kept(store, sql, rc);
  if (statement || *rc != SQLITE_OK) return statement;
  *rc = prepare(store, sql, &statement);
  return statement;
}

sqlite3_stmt *store_take_built(struct store *store, const char *key,
                               char *(*build)(sqlite3 *db, const char *key), int *rc) {
  sqlite3_stmt *statement = take_kept(store, key, rc);
  char *sql;
  if (statement || *rc != SQLITE_OK) return statement;
  sql = build(store->db, key);
  *rc = sql ? prepare(store, sql, &statement) : SQLITE_NOMEM;
  sqlite3_free(sql);
  return statement;
}

void store_put(struct store *store, const char *sql, sqlite3_stmt *statement, int *rc) {
  void **place = NULL;
  int error, ignored = SQLITE_OK;
  if (!statement) return;
  error = sqlite3_reset(statement);
  if (*rc == SQLITE_OK) *rc = error;
  sqlite3_clear_bindings(statement);
  if (store->connected) place = map_place(&store->statements, map_address(sql), &ignored);
  if (place && !*place) {
    *place = statement;
  } else {
    sqlite3_finalize(statement);
  }
}

void store_run(struct store *store, const char *sql, sqlite3_stmt *statement, int *rc) {
  if (statement && *rc == SQLITE_OK) sqlite3_step(statement);
  store_put(store, sql, statement, rc);
}

int store_row(sqlite3_stmt *statement, int *rc) {
  int step;
  if (!statement || *rc != SQLITE_OK) return 0;
  step = sqlite3_step(statement);
  if (step != SQLITE_ROW && step != SQLITE_DONE) *rc = step;
  return step == SQLITE_ROW;
}

int64_t store_ask(struct store *store, const char *sql, int *rc) {
  sqlite3_stmt *row = store_take(store, sql, rc);
  int64_t answer = store_row(row, rc) ? sqlite3_column_int64(row, 0) : 0;
  store_put(store, sql, row, rc);
  return answer;
}

/* SQLite rolls the whole transaction back when a write is interrupted. */
void store_undo(sqlite3 *db, const char *sql, sqlite3_stmt *breaker) {
  int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
  if (rc == SQLITE_OK || sqlite3_get_autocommit(db)) return;
  sqlite3_interrupt(db);
  sqlite3_step(breaker);
}

void store_progress(int64_t settled) {
  fprintf(stderr, "settle: %lld usage rows\n", (long long)settled);
}

unsigned int data_version(sqlite3 *db) {
  unsigned int version = 0;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_DATA_VERSION, &version);
  return version;
}

/* False: there is no such table. */
static bool read_version(sqlite3 *db, const char *sql, int *version, int *rc) {
  sqlite3_stmt *row = NULL;
  int error = sqlite3_prepare_v2(db, sql, -1, &row, NULL);
  if (error != SQLITE_ERROR) *rc = error;
  if (store_row(row, rc)) *version = sqlite3_column_int(row, 0);
  sqlite3_finalize(row);
  return error != SQLITE_ERROR;
}

/* Before schema 5 the table had another name. */
int store_schema_version(sqlite3 *db, int *rc) {
  int version = 0;
  if (!read_version(db, "SELECT value FROM main._billing_meta WHERE name = 'schema_version'",
                    &version, rc)) {
    read_version(db, "SELECT value FROM main.billing_meta WHERE name = 'schema_version'", &version,
                 rc);
  }
  return version;
}

/* A statement that ran in the meantime may have taken the text away. */
static const char *error_text(sqlite3 *db, int rc) {
  if (rc == SQLITE_INTERRUPT) return "interrupted";
  return (sqlite3_errcode(db) & 0xFF) == (rc & 0xFF) ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
}

char *store_message(sqlite3 *db, int rc) {
  return sqlite3_mprintf("%s", error_text(db, rc));
}

char *store_error(sqlite3 *db, const char *name, int rc) {
  char *message = sqlite3_mprintf("%s: %s", name, error_text(db, rc));
  int error = SQLITE_OK;
  int version = rc == SQLITE_ERROR ? store_schema_version(db, &error) : SCHEMA_VERSION;
  if (version == SCHEMA_VERSION || error != SQLITE_OK) return message;
  sqlite3_free(message);
  if (version == 0) {
    return sqlite3_mprintf("%s: this database has no billing schema, run SELECT billing_install()",
                           name);
  }
  return sqlite3_mprintf("%s: the database has schema version %d, this extension needs %d, %s",
                         name, version, SCHEMA_VERSION,
                         version < SCHEMA_VERSION ? "run SELECT billing_install()"
                                                  : "load a billing extension that knows it");
}
