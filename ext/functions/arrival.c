/*
** A usage row arrives: what the triggers of an insert call (sql/triggers/usage.sql, sql/checks/usage.sql).
**
** A trigger costs more than what it does: so there is one before the insert and one after it, they ask
** for themselves what most rows need, and the rest is done here.
*/
#include "functions/complain.h"
#include "functions/functions.h"
#include "quick.h"
#include "settle.h"
#include "store/store.h"

SQLITE_EXTENSION_INIT3

/* `message`, for sqlite3_free(), or NULL: what SQLite says */
static void fail(sqlite3_context *context, int rc, char *message) {
  complain_of_sqlite(context, rc, "settle");
  if (!message) return;
  sqlite3_result_error(context, message, -1);
  sqlite3_result_error_code(context, rc);
  sqlite3_free(message);
}

static void run_with(struct store *store, enum statement_id id, sqlite3_value *first,
                     sqlite3_value *second, int *rc) {
  sqlite3_stmt *statement = store_take(store, id, rc);
  if (statement) {
    if (first) sqlite3_bind_value(statement, 1, first);
    if (second) sqlite3_bind_value(statement, 2, second);
  }
  store_run(store, id, statement, rc);
}

/* OR IGNORE would lose the row: another one has its key, with other values, and not its source_id. */
static bool says_more(struct store *store, int count, sqlite3_value **row, int *rc) {
  sqlite3_stmt *more = store_take(store, USAGE_SAYS_MORE, rc);
  bool says;
  for (int i = 0; more && i < count; i++) sqlite3_bind_value(more, i + 1, row[i]);
  says = store_row(more, rc) != 0;
  store_put(store, USAGE_SAYS_MORE, more, rc);
  return says;
}

/*
** billing_note_replaced(usage_id, source_id [, the other columns]): write down what an OR REPLACE may drop, and
** of an insert whether an OR IGNORE would lose it; returns 1. That there is something is remembered until
** the row has arrived, or the next one is checked (billing_valid_usage()).
*/
static void note_replaced(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  int rc = SQLITE_OK;
  store->noted = NOTED;
  run_with(store, REPLACED_CLEAR, NULL, NULL, &rc);
  run_with(store, REPLACED_NOTE, argv[0], argv[1], &rc);
  if (argc > 2 && says_more(store, argc, argv, &rc)) {
    store->noted = NOTED_LOSS;
    run_with(store, KEY_TAKEN_RESET, NULL, NULL, &rc);
  }
  if (rc == SQLITE_OK) {
    sqlite3_result_int(context, 1);
  } else {
    complain_of_sqlite(context, rc, "settle");
  }
}

/*
** billing_may_lose(usage_id): whether an OR IGNORE would lose the row that is being inserted. It says the same
** while the statement of the trigger runs, which is what SQLite asks of a deterministic function; such a
** one it calls before it opens a cursor.
*/
static void may_lose(sqlite3_context *context, int argc, sqlite3_value **argv) {
  const struct store *store = sqlite3_user_data(context);
  (void)argc;
  (void)argv;
  sqlite3_result_int(context, store->noted == NOTED_LOSS);
}

/* Turning autosettle on or off changes the stamp: while it is on, that alone tells. */
static bool autosettles(struct store *store, int64_t stamp, int64_t *upto, int *rc) {
  *upto = EVERY_ROW;
  if (store->autosettles && store->autosettle_stamp == stamp) return true;
  *upto = store_ask(store, META_SETTLED_UPTO, rc);
  store->autosettles = *rc == SQLITE_OK && *upto == EVERY_ROW;
  store->autosettle_stamp = stamp;
  return store->autosettles;
}

static void settle_generally(struct store *store, sqlite3_value *usage_id, char **message,
                             int *rc) {
  int64_t settled;
  run_with(store, PENDING_ADD, usage_id, NULL, rc);
  if (*rc == SQLITE_OK) *rc = settle(store, NULL, &settled, message);
}

/*
** billing_usage_arrived(stamp, SQL_USAGE): mark the row as pending, or settle it; returns 1. A row above
** `settled_upto` is pending by its id alone. What was replaced is marked by the trigger of
** replaced_usage, which settles then.
*/
static void usage_arrived(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  struct usage_fields usage = usage_of_values(argv + 1);
  int64_t stamp = sqlite3_value_int64(argv[0]), upto;
  char *message = NULL;
  int rc = SQLITE_OK;
  (void)argc;
  if (store->noted) {
    store->noted = NOTHING_NOTED;
    run_with(store, REPLACED_BY, argv[1], NULL, &rc);
    if (rc != SQLITE_OK)
      message = sqlite3_mprintf("%s", sqlite3_errmsg(store->db)); /* its trigger's */
  } else if (autosettles(store, stamp, &upto, &rc)) {
    if (!quick_settle(store, stamp, &usage, &rc) && rc == SQLITE_OK) {
      settle_generally(store, argv[1], &message, &rc);
    }
  } else if (usage.usage_id <= upto) {
    run_with(store, PENDING_ADD, argv[1], NULL, &rc);
  }
  if (rc == SQLITE_OK) {
    sqlite3_result_int(context, 1);
  } else {
    fail(context, rc, message);
  }
}

#define OPEN SQLITE_INNOCUOUS

const struct function_def arrival_functions[] = {
    {"billing_note_replaced", -1, OPEN, note_replaced,
     "innocuous: triggers call it; it fills tables that only triggers read"},
    {"billing_may_lose", 1, OPEN | SQLITE_DETERMINISTIC, may_lose, "reads only; triggers call it"},
    {"billing_usage_arrived", 8, OPEN, usage_arrived,
     "innocuous: triggers call it; it derives the ledger from the facts and does nothing else"},
    {NULL, 0, 0, NULL, NULL},
};
