/*
** Our triggers work on main: their functions read and write main.usage and so on. In a file that is
** attached under another name they would settle the wrong file. A trigger cannot know where it
** runs; but SQLite resolves the tables that it names in its own schema, and says to a virtual table
** in which schema it is connected.
*/
#include "admin/main_only.h"

#include <string.h>

#include "store/empty_table.h"

SQLITE_EXTENSION_INIT3

static int main_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                        sqlite3_vtab **table, char **error) {
  int rc;
  (void)aux;
  (void)argc;
  if (sqlite3_stricmp(argv[1], "main") != 0) {
    *error = sqlite3_mprintf(
        "billing: writes only to the file that is opened as main, '%!.60s',"
        " open that file itself as main",
        argv[1]);
    return SQLITE_ERROR;
  }
  /* Innocuous: it holds nothing and does nothing. */
  rc = sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  if (rc == SQLITE_OK) rc = sqlite3_declare_vtab(db, "CREATE TABLE x(empty)");
  if (rc != SQLITE_OK) return rc;
  *table = sqlite3_malloc(sizeof(**table));
  if (!*table) return SQLITE_NOMEM;
  memset(*table, 0, sizeof(**table));
  return SQLITE_OK;
}

static int main_disconnect(sqlite3_vtab *table) {
  sqlite3_free(table);
  return SQLITE_OK;
}

static const sqlite3_module main_module = {
    .iVersion = 0,
    .xCreate = main_connect,
    .xConnect = main_connect,
    .xBestIndex = empty_best_index,
    .xDisconnect = main_disconnect,
    .xDestroy = main_disconnect,
    .xOpen = empty_open,
    .xClose = empty_close,
    .xFilter = empty_filter,
    .xNext = empty_next,
    .xEof = empty_eof,
    .xColumn = empty_column,
    .xRowid = empty_rowid,
};

int main_only_register(sqlite3 *db, struct store *store) {
  return sqlite3_create_module_v2(db, "billing_main", store ? &main_module : NULL, NULL, NULL);
}
