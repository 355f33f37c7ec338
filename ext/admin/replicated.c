#include "admin/replicated.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_replicated[] =
    "SELECT value FROM main.billing_setting WHERE name = 'replicated'";

/* A file without our tables, or with those of an older schema, says nothing: no error. */
static bool file_is_replicated(struct store *store) {
  int rc = SQLITE_OK;
  sqlite3_stmt *row = store_take(store, sql_replicated, &rc);
  bool on = store_row(row, &rc) && sqlite3_column_int(row, 0) != 0;
  store_put(store, sql_replicated, row, &rc);
  return on;
}

bool host_replicates(sqlite3_context *context) {
  struct store *store = sqlite3_user_data(context);
  return store->replicated != 0;
}

bool refused_as_query(sqlite3_context *context, const char *function, const char *remedy) {
  struct store *store = sqlite3_user_data(context);
  char text[240];
  /* First, because it is what an insert with autosettle on finds, and costs nothing. */
  if (sqlite3_txn_state(store->db, "main") == SQLITE_TXN_WRITE) return false;
  if (!host_replicates(context) && !file_is_replicated(store)) return false;
  sqlite3_snprintf((int)sizeof(text), text, "%s: a query can't write, the file is replicated, %s",
                   function, remedy);
  sqlite3_result_error(context, text, -1);
  return true;
}
