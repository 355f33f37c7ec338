/*
** billing: prepaid-token usage billing inside SQLite. Entry point of the loadable extension.
**
** Checks come first and registration last. When that fails half-way it is taken back: SQLite
** unloads the code of an entry point that fails, and the connection must not hold on to any of it.
*/
#include <stddef.h>

#include "sqlite3ext.h"

#include "admin/alerts.h"
#include "admin/functions.h"
#include "admin/main_only.h"
#include "admin/settlement.h"
#include "admin/usage_import.h"
#include "facts/functions.h"
#include "settle/functions.h"
#include "store/store.h"
#include "tables/tables.h"

SQLITE_EXTENSION_INIT1

#define OLDEST_SQLITE 3038000 /* the versions that the tests cover */

#ifdef SQLITE_CORE
#define EXPORTED /* part of a program */
#elif defined(_WIN32)
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

/* Without a store it removes them. */
static int register_functions(sqlite3 *db, struct store *store,
                              const struct function_def *functions) {
  int rc = SQLITE_OK;
  for (; functions->name && rc == SQLITE_OK; functions++) {
    rc = sqlite3_create_function_v2(db, functions->name, functions->args,
                                    functions->flags | SQLITE_UTF8, store,
                                    store ? functions->call : NULL, NULL, NULL, NULL);
  }
  return rc;
}

static int register_all(sqlite3 *db, struct store *store) {
  static const struct function_def *const all[] = {
      convert_functions, check_functions,   changed_functions, lookup_functions,
      admin_functions,   arrival_functions, close_functions,   keep_functions,
      guard_functions,   group_functions,   alert_functions,   setting_functions,
      part_functions,    page_functions,    export_functions,  late_functions};
  int rc = SQLITE_OK;
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && rc == SQLITE_OK; i++) {
    rc = register_functions(db, store, all[i]);
  }
  if (rc == SQLITE_OK) rc = main_only_register(db, store);
  if (rc == SQLITE_OK) rc = settlement_register(db, store);
  if (rc == SQLITE_OK) rc = usage_import_register(db, store);
  return rc == SQLITE_OK ? tables_register(db, store) : rc;
}

/*
** While a statement runs, as that of SELECT load_extension(…), no function can be replaced or
** removed. So one that is loaded already is found out before anything is replaced: the first is
** there.
*/
static int make_way(sqlite3 *db) {
  const struct function_def *first = &convert_functions[0];
  return sqlite3_create_function_v2(db, first->name, first->args, SQLITE_UTF8, NULL, NULL, NULL,
                                    NULL, NULL);
}

/* What can't be removed stays, with its code: the running statement fails with SQLITE_NOMEM. */
static int take_back(sqlite3 *db, int rc) {
  if (register_all(db, NULL) != SQLITE_OK || store_drop(db) != SQLITE_OK) {
    return SQLITE_OK_LOAD_PERMANENTLY;
  }
  return rc;
}

static int init(sqlite3 *db, char **error, int replicated) {
  struct store *store;
  int rc;
  if (sqlite3_libversion_number() < OLDEST_SQLITE) {
    *error = sqlite3_mprintf("billing: SQLite is too old, %s, use 3.38.0 or newer",
                             sqlite3_libversion());
    return SQLITE_ERROR;
  }
  rc = make_way(db);
  if (rc != SQLITE_OK) {
    *error = sqlite3_mprintf("billing: it is loaded already, use it as it is");
    return rc;
  }
  store = store_open(db, &rc);
  if (!store) return rc;
  store->settled = alerts_settled;
  store->replicated = replicated;
  rc = register_all(db, store);
  return rc == SQLITE_OK ? rc : take_back(db, rc);
}

EXPORTED int sqlite3_billing_init(sqlite3 *db, char **error, const sqlite3_api_routines *api) {
  SQLITE_EXTENSION_INIT2(api);
  return init(db, error, 0);
}

/*
** For a host that replicates every file that it opens, such as a node of dqlite: what writes is
** refused as a query from the first connection on, before anything is installed.
*/
EXPORTED int sqlite3_billing_replicated_init(sqlite3 *db, char **error,
                                             const sqlite3_api_routines *api) {
  SQLITE_EXTENSION_INIT2(api);
  return init(db, error, 1);
}

/*
** SQLite derives the name of the entry point from that of the file: from `mod_billing.so` this one.
*/
EXPORTED int sqlite3_modbilling_init(sqlite3 *db, char **error, const sqlite3_api_routines *api) {
  return sqlite3_billing_init(db, error, api);
}
