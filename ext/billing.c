/*
** billing: prepaid-token usage billing inside SQLite. Entry point of the loadable extension.
**
** Checks come first and registration last: an entry point that fails after it registered something
** leaves the connection with functions whose code is unloaded.
*/
#include <stddef.h>

#include "sqlite3ext.h"

#include "functions/functions.h"
#include "store/store.h"
#include "tables/tables.h"

SQLITE_EXTENSION_INIT1

#define OLDEST_SQLITE 3038000 /* the versions that the tests cover */

#ifdef _WIN32
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

static int register_functions(sqlite3 *db, struct store *store,
                              const struct function_def *functions) {
  int rc = SQLITE_OK;
  for (; functions->name && rc == SQLITE_OK; functions++) {
    rc = sqlite3_create_function_v2(db, functions->name, functions->args,
                                    functions->flags | SQLITE_UTF8, store, functions->call, NULL,
                                    NULL, NULL);
  }
  return rc;
}

EXPORTED int sqlite3_billing_init(sqlite3 *db, char **error, const sqlite3_api_routines *api) {
  static const struct function_def *const all[] = {
      convert_functions, check_functions, lookup_functions, admin_functions,
      close_functions,   guard_functions, bulk_functions,   alert_functions};
  struct store *store;
  int rc = SQLITE_OK;
  SQLITE_EXTENSION_INIT2(api);
  if (sqlite3_libversion_number() < OLDEST_SQLITE) {
    *error = sqlite3_mprintf("billing: SQLite is too old, %s, use 3.38.0 or newer",
                             sqlite3_libversion());
    return SQLITE_ERROR;
  }
  store = store_open(db, &rc);
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && rc == SQLITE_OK; i++) {
    rc = register_functions(db, store, all[i]);
  }
  if (rc == SQLITE_OK) rc = tables_register(db, store);
  return rc;
}
