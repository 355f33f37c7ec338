/*
** Our triggers work on main: their functions read and write main.usage and so on. In a file that is
** attached under another name they would settle the wrong file. A trigger cannot know where it
** runs; but SQLite resolves the tables that it names in its own schema, and says to a virtual table
** in which schema it is connected.
**
** Triggers write what a check answers to it. SQLite says the OR clause of the statement to a
** virtual table that is written, so that is where a row whose key is taken is dealt with
** (facts/taken.h).
*/
#include "admin/main_only.h"

#include <string.h>

#include "facts/taken.h"
#include "settle/arrival.h"
#include "store/empty_table.h"
#include "store/store.h"

SQLITE_EXTENSION_INIT3

struct main_table {
  sqlite3_vtab base;
  struct store *store;
  bool takes_usage; /* its columns are the stamp and those of usage; else one of enum taken */
};

static const char one_declaration[] = "CREATE TABLE x(taken)";
static const char usage_declaration[] =
    "CREATE TABLE x(stamp, usage_id, client_id, api, sku, quantity, occurred_at, outcome, user_id,"
    " label, source_id)";
#define USAGE_COLUMNS 11

static int main_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                        sqlite3_vtab **table, char **error) {
  struct main_table *made;
  int rc;
  bool takes_usage = argc > 3 && strcmp(argv[3], "usage") == 0;
  if (sqlite3_stricmp(argv[1], "main") != 0) {
    *error = sqlite3_mprintf(
        "billing: writes only to the file that is opened as main, '%!.60s',"
        " open that file itself as main",
        argv[1]);
    return SQLITE_ERROR;
  }
  /* Innocuous: it holds nothing, and a write does no more than a statement could. */
  rc = sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  if (rc == SQLITE_OK) {
    rc = vtab_make(db, takes_usage ? usage_declaration : one_declaration, sizeof(*made), table);
  }
  if (rc != SQLITE_OK) return rc;
  made = (struct main_table *)*table;
  made->store = aux;
  made->takes_usage = takes_usage;
  return SQLITE_OK;
}

/* It has no rows, so every write is an INSERT. */
static int main_update(sqlite3_vtab *table, int argc, sqlite3_value **argv, sqlite3_int64 *rowid) {
  const struct main_table *made = (struct main_table *)table;
  struct store *store = made->store;
  char *message = NULL;
  int rc = SQLITE_OK;
  if (argc < 3 || sqlite3_value_type(argv[0]) != SQLITE_NULL) return SQLITE_READONLY;
  *rowid = 0;
  if (made->takes_usage) {
    if (argc == 2 + USAGE_COLUMNS) rc = arrival_check(store, argv + 2, &message);
  } else {
    int64_t taken = sqlite3_value_int64(argv[2]);
    if (taken <= NOT_TAKEN) return SQLITE_OK;
    rc = taken_resolve(store, taken, sqlite3_vtab_on_conflict(store->db), &message);
  }
  if (message) sqlite3_free(table->zErrMsg);
  if (message) table->zErrMsg = message;
  return rc;
}

static const sqlite3_module main_module = {
    .iVersion = 0,
    .xCreate = main_connect,
    .xConnect = main_connect,
    .xDisconnect = vtab_free,
    .xDestroy = vtab_free,
    EMPTY_TABLE_METHODS,
    .xUpdate = main_update,
};

int main_only_register(sqlite3 *db, struct store *store) {
  return sqlite3_create_module_v2(db, "billing_main", store ? &main_module : NULL, store, NULL);
}
