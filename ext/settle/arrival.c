/*
** A usage row arrives: what the triggers of an insert do. The one before it writes the row to
** _billing_arrival (admin/main_only.c), the one after it calls billing_usage_inserted().
**
** A trigger costs more than what it does: so there are these two, and they ask for nothing that
** most rows do not need. The first reads the stamp; the second takes it over unless billing_stamp()
** has made a new one in the meantime.
*/
#include "settle/arrival.h"

#include "store/error.h"
#include "facts/column_rule.h"
#include "facts/taken.h"
#include "settle/functions.h"
#include "settle/open_groups.h"
#include "settle/settle.h"
#include "settle/switches.h"
#include "store/query.h"
#include "store/store.h"
#include "store/txn_watch.h"
#include "facts/access_guard.h"
#include "facts/spelling.h"
#include "facts/sql_parts.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_paying_wallet[] =
    "SELECT wallet_id FROM main._billing_wallet WHERE team_id = payer(?1, ?2)";

/* A usage that may be gone, or stored with other values than it came with. */
static const char sql_pending_stored[] =
    "INSERT OR IGNORE INTO main._billing_pending_usage"
    " SELECT usage_id FROM main.usage WHERE usage_id = ?1";

/* Triggers on usage that are not ours. */
static const char sql_has_triggers[] =
    "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'trigger'"
    "  AND lower(tbl_name) = 'usage' AND substr(name, 1, 9) <> '_billing_')"
    " OR EXISTS (SELECT 1 FROM temp.sqlite_schema WHERE type = 'trigger'"
    "  AND lower(tbl_name) = 'usage')";

static const char sql_stamp[] = "SELECT stamp FROM main._billing_change WHERE id = 1";

static const char sql_has_number[] = "SELECT 1 FROM main.usage WHERE usage_id = ?1";
static const char sql_has_source[] = "SELECT 1 FROM main.usage WHERE source_id = ?1";
static const char sql_has_either[] =
    "SELECT 1 FROM main.usage WHERE usage_id = ?1"
    " UNION ALL SELECT 1 FROM main.usage WHERE source_id = ?2";

static const char sql_check_usage[] =
    "SELECT billing_valid_usage(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/*
** The key that a trigger sees before SQLite has chosen one. No row can have it, so it is not looked
** up.
*/
#define NO_KEY (-1)

/* SQL_USAGE begins as the columns of the table do, and ends before those that only describe. */
enum { OCCURRED_AT = 5, USAGE_FIELDS = 7 };
enum { SOURCE_ID = 9 };

/* `message`, for sqlite3_free(), or NULL: what SQLite says */
static void fail(sqlite3_context *context, int rc, char *message) {
  complain_of_sqlite(context, rc, "settle");
  if (!message) return;
  sqlite3_result_error(context, message, -1);
  sqlite3_result_error_code(context, rc);
  sqlite3_free(message);
}

/* For alerts: this usage is settled, with nothing else. */
static void report_settled(struct store *store, const sqlite3_value *client_id,
                           const sqlite3_value *occurred_at, int *rc) {
  int64_t wallet_id;
  if (!store->switches.alerts) return;
  wallet_id = query_number(store, sql_paying_wallet, 0, rc, "vv", client_id, occurred_at);
  if (wallet_id) store->settled(store, wallet_id, false, rc);
}

/* Lists the usage as pending, so that settle() rates and marks it like any other. */
static void settle_generally(struct store *store, sqlite3_value *usage_id, char **message,
                             int *rc) {
  int64_t settled;
  query_run(store, sql_pending_stored, rc, "v", usage_id);
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

/* True when each column holds what it may, as far as a look without any statement shows. */
static bool is_plain(sqlite3_value **columns) {
  const struct fact *usage = &facts[FACT_USAGE];
  for (int i = 1; i < usage->count; i++) {
    if (!column_is_plain(&usage->columns[i], columns[i])) return false;
  }
  return true;
}

/* Everything else, by the function that can say what is wrong. */
static int check_fully(struct store *store, sqlite3_value **columns, int conflict, char **message) {
  int rc = SQLITE_OK;
  int64_t taken = NOT_TAKEN;
  sqlite3_stmt *check = store_take(store, sql_check_usage, &rc);
  for (int i = 0; i < facts[FACT_USAGE].count && rc == SQLITE_OK; i++) {
    rc = sqlite3_bind_value(check, i + 1, columns[i]);
  }
  if (store_row(check, &rc)) taken = sqlite3_column_int64(check, 0);
  store_put(store, sql_check_usage, check, &rc);
  if (rc == SQLITE_OK) return taken_resolve(store, taken, conflict, message);
  *message = store_message(store->db, rc);
  return rc;
}

/*
** True when another row has its number or its source_id. Most rows come with only one of them, so
** one seek does.
*/
static bool is_met(struct store *store, sqlite3_value **columns, int *rc) {
  sqlite3_value *number = columns[0], *source = columns[SOURCE_ID];
  if (sqlite3_value_int64(number) == NO_KEY) {
    return sqlite3_value_type(source) != SQLITE_NULL &&
           query_number(store, sql_has_source, 0, rc, "v", source) != 0;
  }
  if (sqlite3_value_type(source) == SQLITE_NULL) {
    return query_number(store, sql_has_number, 0, rc, "v", number) != 0;
  }
  return query_number(store, sql_has_either, 0, rc, "vv", number, source) != 0;
}

/*
** The fast way out comes first: with the guard off and plain columns, nothing is asked at all
** unless the statement says OR IGNORE or OR REPLACE. UNIQUE of the table itself refuses a key that
** is taken.
*/
static int check(struct store *store, sqlite3_value **values, char **message) {
  int conflict = sqlite3_vtab_on_conflict(store->db);
  bool asks = conflict == SQLITE_IGNORE || conflict == SQLITE_REPLACE;
  int rc = SQLITE_OK;
  store->stamp = sqlite3_value_int64(values[0]);
  switches_at(store, store->stamp, &rc);
  if (rc != SQLITE_OK) return rc;
  store->stamp_known = true;
  store->gate_passed = 0;
  if (!store->switches.guard && is_plain(values + 1)) {
    bool met = asks && is_met(store, values + 1, &rc);
    if (!met || rc != SQLITE_OK) return rc;
  }
  return check_fully(store, values + 1, conflict, message);
}

/* What OR REPLACE deletes is gone when the row counts as arriving. */
int arrival_check(struct store *store, sqlite3_value **values, char **message) {
  int rc = check(store, values, message);
  bool alone = store->arriving == ARRIVING_NONE;
  if (rc == SQLITE_OK) store->arriving = alone ? ARRIVING_ONE : ARRIVING_UNSURE;
  return rc;
}

/* The stamp of the facts, as the trigger before the insert read it, unless it has changed since. */
static int64_t stamp_of(struct store *store, int *rc) {
  int64_t stamp = store->stamp_known ? store->stamp : store_ask(store, sql_stamp, rc);
  store->stamp_known = false;
  return stamp;
}

/*
** True when the row that was inserted is stored with these values and is not settled. A trigger of
** the user's own may have done anything to it: SQLite runs the newest trigger first. So may one
** that inserts usage itself, after which we cannot tell whose row we have seen. Without such a
** trigger it was an earlier statement; with one, what is unsure remains so to the end of the
** transaction.
*/
static bool is_as_it_came(struct store *store, int *rc) {
  if (store->arriving == ARRIVING_ONE) return true;
  if (!store_ask(store, sql_has_triggers, rc)) return true;
  txn_watch_begin(store, rc);
  return false;
}

/*
** billing_usage_inserted(SQL_USAGE): refuse the row at the gate, mark it as pending, or settle it;
** returns 1. A row above `settled_upto` is pending by its id alone.
*/
static void usage_inserted(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  struct usage_fields usage = usage_of_values(argv);
  char *message = NULL;
  sqlite3_value *at;
  int rc = SQLITE_OK;
  (void)argc;
  if (called_outside_trigger(context, "billing_usage_inserted")) return;
  if (usage.usage_id == NO_KEY) {
    complain(context, SQLITE_CONSTRAINT, "usage.usage_id", "means a row without a key to SQLite",
             argv[0], "give another one");
    return;
  }
  bool as_it_came = false;
  int64_t stamp = stamp_of(store, &rc);
  if (rc == SQLITE_OK) switches_at(store, stamp, &rc);
  if (rc == SQLITE_OK && store->switches.guard && !store->gate_passed &&
      !guard_allows(context, argv + 1, &rc)) {
    return;
  }
  at = store_spelling(store, argv, &rc);
  if (at) usage.occurred_at = text_of_value(at);
  if (rc == SQLITE_OK && store->switches.autosettle) {
    as_it_came = is_as_it_came(store, &rc);
    if (as_it_came && open_groups_settle(store, stamp, &usage, &message, &rc)) {
      report_settled(store, argv[1], at ? at : argv[OCCURRED_AT], &rc);
    } else if (rc == SQLITE_OK) {
      settle_generally(store, argv[0], &message, &rc);
    }
  } else if (usage.usage_id <= store_ask(store, sql_meta_settled_upto, &rc)) {
    query_run(store, sql_pending_stored, &rc, "v", argv[0]);
  }
  sqlite3_value_free(at);
  if (as_it_came) store->arriving = ARRIVING_NONE; /* what was settled just now was this row */
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
    {"billing_usage_inserted", 7, OPEN, usage_inserted,
     "innocuous: triggers call it; it derives the ledger from the facts and does nothing else"},
    {NULL, 0, 0, NULL, NULL},
};
