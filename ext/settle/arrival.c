/*
** A usage row arrives: what the triggers of an insert call (sql/triggers/usage.sql).
**
** A trigger costs more than what it does: so there is one before the insert and one after it, they
** ask for themselves what most rows need, and the rest is done here.
*/
#include "store/error.h"
#include "settle/functions.h"
#include "settle/open_groups.h"
#include "settle/settle.h"
#include "settle/switches.h"
#include "store/query.h"
#include "store/store.h"
#include "facts/access_guard.h"
#include "facts/spelling.h"
#include "facts/sql_parts.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_paying_wallet[] =
    "SELECT wallet_id FROM main._billing_wallet WHERE team_id = payer(?1, ?2)";

static const char sql_pending_add[] =
    "INSERT OR IGNORE INTO main._billing_pending_usage VALUES (?1)";

/*
** What a trigger before an insert is told for a key that SQLite is yet to find: it is not looked
** for.
*/
#define NO_KEY (-1)

/* SQL_USAGE begins as the columns of the table do, and ends before those that only describe. */
enum { OCCURRED_AT = 5, USAGE_FIELDS = 7 };

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

/* For alerts: this usage is settled, with nothing else. */
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

/* The time of the row as it is stored, canonically from now on; NULL where it was so already. */
static sqlite3_value *store_spelling(struct store *store, sqlite3_value **usage, int *rc) {
  if (!store->spelled) return NULL;
  sqlite3_value *row[COLUMN_MAX] = {NULL};
  sqlite3_value *at = spelling_canonical(store, usage[OCCURRED_AT], rc);
  for (int i = 0; i < USAGE_FIELDS; i++) row[i] = usage[i];
  if (at) spelling_store(store, FACT_USAGE, row, rc);
  return at;
}

/*
** billing_usage_inserted(stamp, SQL_USAGE): refuse the row at the gate, mark it as pending, or
** settle it; returns 1. The gate comes after the insert: here the stamp is at hand, which says that
** the switches are known. A row above `settled_upto` is pending by its id alone.
*/
static void usage_inserted(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  struct usage_fields usage = usage_of_values(argv + 1);
  int64_t stamp = sqlite3_value_int64(argv[0]);
  char *message = NULL;
  sqlite3_value *at;
  int rc = SQLITE_OK;
  (void)argc;
  if (called_outside_trigger(context, "billing_usage_inserted")) return;
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
  at = store_spelling(store, argv + 1, &rc);
  if (at) usage.occurred_at = text_of_value(at);
  if (rc == SQLITE_OK && store->switches.autosettle) {
    if (open_groups_settle(store, stamp, &usage, &message, &rc)) {
      report_settled(store, argv[2], at ? at : argv[6], &rc);
    } else if (rc == SQLITE_OK) {
      settle_generally(store, argv[1], &message, &rc);
    }
  } else if (usage.usage_id <= store_ask(store, sql_meta_settled_upto, &rc)) {
    add_pending(store, argv[1], &rc);
  }
  sqlite3_value_free(at);
  if (rc == SQLITE_OK) {
    sqlite3_result_int(context, 1);
  } else {
    fail(context, rc, message);
  }
}

/*
** The names until schema 4. A file of that schema that is attached would settle its usage in main.
*/
static void old_schema(sqlite3_context *context, int argc, sqlite3_value **argv) {
  static const char message[] =
      "usage: the file has an older schema, open it as main and run SELECT billing_install()";
  (void)argc;
  (void)argv;
  sqlite3_result_error(context, message, -1);
}

#define OPEN SQLITE_INNOCUOUS

const struct function_def arrival_functions[] = {
    {"billing_usage_arrived", 8, OPEN, old_schema, "does nothing but fail"},
    {"billing_valid_call", 4, OPEN, old_schema, "likewise"},
    {"billing_key_taken", 1, OPEN, old_schema, "likewise"},
    {"billing_keep_row", 2, OPEN, old_schema, "likewise"},
    {"billing_usage_inserted", 8, OPEN, usage_inserted,
     "innocuous: triggers call it; it derives the ledger from the facts and does nothing else"},
    {NULL, 0, 0, NULL, NULL},
};
