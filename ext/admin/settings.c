/*
** The switches: rows of billing_setting, for which SQL may be written
** (sql/triggers/billing_setting.sql), and functions that set the same rows.
*/
#include <string.h>

#include "admin/functions.h"
#include "admin/replicated.h"
#include "store/error.h"
#include "store/query.h"
#include "store/store.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_setting_set[] =
    "INSERT INTO main.billing_setting(name, value) VALUES (?1, ?2)";

/* Before autosettle is on, what is pending is settled. */
static const char sql_switch_settle[] = "SELECT settle() WHERE ?1 = 'autosettle' AND ?2 = 1";

/* While it is on, every usage row is listed when it comes: the mark is the largest integer. */
static const char sql_switch_mark[] =
    "UPDATE main._billing_meta"
    " SET value = iif(?2, 9223372036854775807, coalesce((SELECT max(usage_id) FROM main.usage), 0))"
    " WHERE name = 'settled_upto' AND ?1 = 'autosettle' AND (?2 OR value = 9223372036854775807)";

static const char sql_switch[] =
    "UPDATE main._billing_change SET autosettle = iif(?1 = 'autosettle', ?2, autosettle),"
    " guard = iif(?1 = 'guard', ?2, guard), alerts = iif(?1 = 'alerts', ?2, alerts),"
    " stamp = billing_stamp()";

static bool is_switch(const char *name, size_t size) {
  static const char *const switches[] = {"autosettle", "guard", "alerts", "replicated"};
  for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
    if (strlen(switches[i]) == size && memcmp(switches[i], name, size) == 0) return true;
  }
  return false;
}

/*
** billing_valid_setting(name, value, the name that the row had): 1, or an error.
*/
static void valid_setting(sqlite3_context *context, int argc, sqlite3_value **argv) {
  const char *name = (const char *)sqlite3_value_text(argv[0]);
  const char *old_name = (const char *)sqlite3_value_text(argv[2]);
  size_t size = (size_t)sqlite3_value_bytes(argv[0]);
  int64_t value = sqlite3_value_int64(argv[1]);
  (void)argc;
  if (called_outside_trigger(context, "billing_valid_setting")) return;
  if (!name || sqlite3_value_type(argv[0]) != SQLITE_TEXT || !is_switch(name, size)) {
    complain(context, SQLITE_CONSTRAINT, "billing_setting.name", "unknown", argv[0],
             "give 'autosettle', 'guard', 'alerts' or 'replicated'");
  } else if (!old_name || sqlite3_value_bytes(argv[2]) != (int)size ||
             memcmp(name, old_name, size) != 0) {
    complain(context, SQLITE_CONSTRAINT, "billing_setting.name", "not the name that the row had",
             argv[0], "insert a row of that name");
  } else if (sqlite3_value_type(argv[1]) != SQLITE_INTEGER || value < 0 || value > 1) {
    complain(context, SQLITE_CONSTRAINT, "billing_setting.value", "not 0 or 1", argv[1],
             "give 1 for on, 0 for off");
  } else {
    sqlite3_result_int(context, 1);
  }
}

/* billing_switched(name, value): 1; what follows a switch stands in _billing_change */
static void switched(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  int rc = SQLITE_OK;
  (void)argc;
  if (called_outside_trigger(context, "billing_switched")) return;
  query_number(store, sql_switch_settle, 0, &rc, "vv", argv[0], argv[1]);
  query_run(store, sql_switch_mark, &rc, "vv", argv[0], argv[1]);
  query_run(store, sql_switch, &rc, "vv", argv[0], argv[1]);
  if (rc == SQLITE_OK) {
    sqlite3_result_int(context, 1);
  } else {
    complain_nested(context, rc);
  }
}

static void set(sqlite3_context *context, const char *function, const char *name,
                sqlite3_value *value) {
  struct store *store = sqlite3_user_data(context);
  sqlite3_stmt *row;
  char remedy[96];
  int rc = SQLITE_OK, on;
  if (!read_switch(context, function, value, &on)) return;
  sqlite3_snprintf((int)sizeof(remedy), remedy,
                   "run INSERT INTO billing_setting(name, value) VALUES ('%s', %d)", name, on);
  if (refused_as_query(context, function, remedy)) return;
  row = store_take(store, sql_setting_set, &rc);
  if (row) {
    sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int(row, 2, on);
  }
  store_run(store, sql_setting_set, row, &rc);
  if (rc == SQLITE_OK) {
    sqlite3_result_int(context, on);
  } else {
    complain_of_sqlite(context, rc, function);
  }
}

/* billing_autosettle(1) settles what is pending and then keeps it so; (0) stops. */
static void autosettle_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  set(context, "billing_autosettle", "autosettle", argv[0]);
}

/* billing_guard(1) / (0) */
static void guard_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  set(context, "billing_guard", "guard", argv[0]);
}

/* billing_alerts(1) / (0) */
static void alerts_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  set(context, "billing_alerts", "alerts", argv[0]);
}

static const char writes[] = "changes how the file is written: not from a view or a trigger";

const struct function_def setting_functions[] = {
    {"billing_autosettle", 1, SQLITE_DIRECTONLY, autosettle_call, writes},
    {"billing_guard", 1, SQLITE_DIRECTONLY, guard_call, writes},
    {"billing_alerts", 1, SQLITE_DIRECTONLY, alerts_call, writes},
    {"billing_valid_setting", 3, SQLITE_INNOCUOUS, valid_setting, "reads only; triggers call it"},
    {"billing_switched", 2, SQLITE_INNOCUOUS, switched,
     "sets what a setting says; triggers call it"},
    {NULL, 0, 0, NULL, NULL},
};
