/*
** A usage row arrives: what the triggers of an insert call (sql/triggers/usage.sql, sql/checks/usage.sql).
**
** A trigger costs more than what it does: so there is one before the insert and one after it, they ask
** for themselves what most rows need, and the rest is done here.
*/
#include "settle/arrival.h"

#include "facts/access_guard.h"
#include "store/error.h"
#include "settle/functions.h"
#include "settle/quick.h"
#include "settle/settle.h"
#include "settle/switches.h"
#include "store/query.h"
#include "store/store.h"
#include "facts/sql_parts.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_usage_differs[] =
    "SELECT 1 FROM main.usage WHERE usage_id = ?1 AND (client_id, api, sku, quantity,"
    " occurred_at, outcome, user_id, label, source_id) IS NOT (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    " AND NOT EXISTS (SELECT 1 FROM main.usage WHERE source_id = ?10)";

/* A row: the guard is on. It says whether this very usage is stored already. */
static const char sql_gate_by_key[] =
    "SELECT EXISTS (SELECT 1 FROM main.usage WHERE source_id = ?1 AND client_id = ?2 AND api = ?3"
    "  AND occurred_at = ?4) FROM main._billing_change WHERE id = 1 AND guard";

static const char sql_paying_wallet[] =
    "SELECT wallet_id FROM main._billing_wallet WHERE team_id = payer(?1, ?2)";

static const char sql_pending_add[] =
    "INSERT OR IGNORE INTO main._billing_pending_usage VALUES (?1)";

/* What a trigger before an insert is told for a key that SQLite is yet to find: it is not looked for. */
#define NO_KEY (-1)
#define USAGE_COLUMNS 9 /* without the key */

/* `message`, for sqlite3_free(), or NULL: what SQLite says */
static void fail(sqlite3_context *context, int rc, char *message) {
  complain_of_sqlite(context, rc, "settle");
  if (!message) return;
  sqlite3_result_error(context, message, -1);
  sqlite3_result_error_code(context, rc);
  sqlite3_free(message);
}

static void add_pending(struct store *store, sqlite3_value *usage_id, int *rc) {
  sqlite3_stmt *add = store_take(store, sql_pending_add, rc);
  if (add) sqlite3_bind_value(add, 1, usage_id);
  store_run(store, sql_pending_add, add, rc);
}

/* The row that has this key is another usage, and none that a loader knows by the same source_id. */
static bool differs(struct store *store, sqlite3_value *usage_id, sqlite3_value **columns,
                    int *rc) {
  sqlite3_stmt *row = store_take(store, sql_usage_differs, rc);
  bool found;
  if (row) sqlite3_bind_value(row, 1, usage_id);
  for (int i = 0; row && i < USAGE_COLUMNS; i++) sqlite3_bind_value(row, i + 2, columns[i]);
  found = store_row(row, rc) != 0;
  store_put(store, sql_usage_differs, row, rc);
  return found;
}

/*
** The gate of a row whose key is taken: it may end as nothing (OR IGNORE) or in place of the very row that is asked
** for here, so it is asked before. While the guard is on, loading a usage again is no new call.
*/
static bool passes_gate(sqlite3_context *context, sqlite3_value **columns, int *rc) {
  static const int column[] = {8, 0, 1, 4}; /* source_id, client_id, api, occurred_at */
  struct store *store = sqlite3_user_data(context);
  sqlite3_stmt *row = store_take(store, sql_gate_by_key, rc);
  bool guarded, repeated;
  for (int i = 0; row && i < 4; i++) sqlite3_bind_value(row, i + 1, columns[column[i]]);
  guarded = store_row(row, rc) != 0;
  repeated = guarded && sqlite3_column_int(row, 0) != 0;
  store_put(store, sql_gate_by_key, row, rc);
  store->gate_passed = guarded;
  return *rc != SQLITE_OK || !guarded || repeated || guard_allows(context, columns, rc);
}

bool arrival_note_key(sqlite3_context *context, sqlite3_value *key, sqlite3_value **columns) {
  struct store *store = sqlite3_user_data(context);
  int rc = SQLITE_OK;
  store->key_taken = NO_KEY_TAKEN;
  store->gate_passed = 0;
  if (sqlite3_value_type(key) == SQLITE_NULL) return true;
  store->key_taken = KEY_TAKEN;
  if (sqlite3_value_type(key) == SQLITE_INTEGER && differs(store, key, columns, &rc)) {
    store->key_taken = KEY_OF_ANOTHER;
  }
  if (!passes_gate(context, columns, &rc)) return false;
  if (rc != SQLITE_OK) complain_of_sqlite(context, rc, "usage");
  return rc == SQLITE_OK;
}

/*
** billing_key_taken(usage_id): what was noted of the row that is being inserted: 0, 1 or 2. It says
** the same while the statement of the trigger runs, which is what SQLite asks of a deterministic
** function; such a one it calls before it opens a cursor.
*/
static void key_taken(sqlite3_context *context, int argc, sqlite3_value **argv) {
  const struct store *store = sqlite3_user_data(context);
  (void)argc;
  (void)argv;
  sqlite3_result_int(context, store->key_taken);
}

/* For alerts: the quick way has settled this usage. */
static void report_settled(struct store *store, const sqlite3_value *client_id,
                           const sqlite3_value *occurred_at, int *rc) {
  int64_t wallet_id;
  if (!store->switches.alerts) return;
  wallet_id = query_number(store, sql_paying_wallet, 0, rc, "vv", client_id, occurred_at);
  if (wallet_id) store->settled(store, wallet_id, false, rc);
}

static void settle_generally(struct store *store, sqlite3_value *usage_id, char **message,
                             int *rc) {
  int64_t settled;
  add_pending(store, usage_id, rc);
  if (*rc == SQLITE_OK) *rc = settle(store, NULL, &settled, message);
}

/*
** billing_usage_arrived(stamp, SQL_USAGE): refuse the row at the gate, mark it as pending, or settle it; returns 1.
** The gate comes after the insert: here the stamp is at hand, which says that the switches are known. A row above
** `settled_upto` is pending by its id alone.
*/
static void usage_arrived(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  struct usage_fields usage = usage_of_values(argv + 1);
  int64_t stamp = sqlite3_value_int64(argv[0]);
  char *message = NULL;
  int rc = SQLITE_OK;
  (void)argc;
  if (usage.usage_id == NO_KEY) {
    complain(context, SQLITE_CONSTRAINT, "usage.usage_id", "means a row without a key to SQLite",
             argv[1], "give another one");
    return;
  }
  switches_at(store, stamp, &rc);
  if (rc == SQLITE_OK && store->switches.guard && !store->gate_passed &&
      !guard_allows(context, argv + 2, &rc)) {
    return;
  }
  if (rc == SQLITE_OK && store->switches.autosettle) {
    if (quick_settle(store, stamp, &usage, &rc)) {
      report_settled(store, argv[2], argv[6], &rc);
    } else if (rc == SQLITE_OK) {
      settle_generally(store, argv[1], &message, &rc);
    }
  } else if (usage.usage_id <= store_ask(store, sql_meta_settled_upto, &rc)) {
    add_pending(store, argv[1], &rc);
  }
  if (rc == SQLITE_OK) {
    sqlite3_result_int(context, 1);
  } else {
    fail(context, rc, message);
  }
}

#define OPEN SQLITE_INNOCUOUS

const struct function_def arrival_functions[] = {
    {"billing_key_taken", 1, OPEN | SQLITE_DETERMINISTIC, key_taken,
     "reads only; triggers call it"},
    {"billing_usage_arrived", 8, OPEN, usage_arrived,
     "innocuous: triggers call it; it derives the ledger from the facts and does nothing else"},
    {NULL, 0, 0, NULL, NULL},
};
