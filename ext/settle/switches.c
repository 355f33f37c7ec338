/*
** The switches are columns of _billing_change, beside the stamp: a trigger reads that row in any
** case, so they cost an insert nothing. Setting one changes the stamp, so copies of an older stamp
** are read again.
*/
#include "settle/switches.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_switches[] =
    "SELECT stamp, autosettle, guard, alerts FROM main._billing_change WHERE id = 1";

void switches_read(struct store *store, int *rc) {
  sqlite3_stmt *row = store_take(store, sql_switches, rc);
  store->switches.known = store_row(row, rc);
  if (store->switches.known) {
    store->switches.stamp = sqlite3_column_int64(row, 0);
    store->switches.autosettle = sqlite3_column_int(row, 1);
    store->switches.guard = sqlite3_column_int(row, 2);
    store->switches.alerts = sqlite3_column_int(row, 3);
  }
  store_put(store, sql_switches, row, rc);
}

void switches_at(struct store *store, int64_t stamp, int *rc) {
  if (!store->switches.known || store->switches.stamp != stamp) switches_read(store, rc);
}
