/* An extension that does nothing: what loading costs at least. */
#include <sqlite3ext.h>

SQLITE_EXTENSION_INIT1

__attribute__((visibility("default"))) int sqlite3_empty_init(sqlite3 *db, char **message,
                                                              const sqlite3_api_routines *api);
int sqlite3_empty_init(sqlite3 *db, char **message, const sqlite3_api_routines *api) {
  (void)db;
  (void)message;
  SQLITE_EXTENSION_INIT2(api);
  return SQLITE_OK;
}
