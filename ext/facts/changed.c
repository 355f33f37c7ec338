/*
** What the triggers after a change call: billing_inserted(), billing_updated() and
** billing_deleted() store times in canonical form and run what follows from the change (steps.h).
*/
#include <string.h>

#include "facts/functions.h"
#include "facts/spelling.h"
#include "facts/steps.h"
#include "store/error.h"
#include "store/store.h"

SQLITE_EXTENSION_INIT3

/*
** Before an insert SQLite passes -1 for a key that it has not chosen yet, so no lot may be called
** that.
*/
static bool check_lot_key(sqlite3_context *context, const struct change *change,
                          enum row_event event) {
  sqlite3_value *key = change->new_row[0];
  if (change->id != FACT_TOKEN_LOT || event != AFTER_INSERT) return true;
  if (sqlite3_value_int64(key) != -1) return true;
  complain(context, SQLITE_CONSTRAINT, "token_lot.lot_id", "means a row without a key to SQLite",
           key, "give another one");
  return false;
}

static bool same_value(sqlite3_value *a, sqlite3_value *b) {
  int type = sqlite3_value_type(a), size;
  if (type != sqlite3_value_type(b)) return false;
  switch (type) {
    case SQLITE_NULL:
      return true;
    case SQLITE_INTEGER:
      return sqlite3_value_int64(a) == sqlite3_value_int64(b);
    case SQLITE_FLOAT:
      return sqlite3_value_double(a) == sqlite3_value_double(b);
    default:
      size = sqlite3_value_bytes(a);
      return size == sqlite3_value_bytes(b) &&
             memcmp(sqlite3_value_blob(a), sqlite3_value_blob(b), (size_t)size) == 0;
  }
}

/*
** An update that leaves all columns as they were, as a program does that writes back a whole row.
** Usage of a closed period may be updated so, and must not be settled again. False also where the
** trigger does not hand over all columns from which something follows.
*/
static bool changes_nothing(const struct change *change) {
  const struct fact *fact = &facts[change->id];
  for (int i = 0; i < fact->count; i++) {
    if (fact->columns[i].describes) continue;
    if (!change->new_row[i] || !change->old_row[i]) return false;
    if (!same_value(change->new_row[i], change->old_row[i])) return false;
  }
  return true;
}

static void follow(struct store *store, struct change *change, enum row_event event, int *rc) {
  const struct fact *fact = &facts[change->id];
  struct spelled_row spelled = {.made_count = 0};
  bool has_new = event != AFTER_DELETE && fact_has_time(fact);
  if (has_new) {
    spelled_start(&spelled, store, fact, change->new_row, rc);
    if (spelled.made_count > 0) spelling_store(store, change->id, change->new_row, rc);
    for (int i = 0; i < fact->count; i++) change->new_row[i] = spelled.values[i];
  }
  if (event != AFTER_UPDATE || !changes_nothing(change)) steps_run(store, change, event, rc);
  spelled_end(&spelled);
}

static void answer(sqlite3_context *context, const char *function, enum row_event event, int count,
                   sqlite3_value **values) {
  struct store *store = sqlite3_user_data(context);
  struct change change;
  int rc = SQLITE_OK;
  if (called_outside_trigger(context, function)) return;
  const char *name = count > 0 ? (const char *)sqlite3_value_text(values[0]) : NULL;
  enum fact_id id = name ? fact_find(name) : NO_FACT;
  if (!id || !fact_has_trigger(id, event) ||
      !change_read(&change, id, event, count - 1, values + 1)) {
    sqlite3_result_error(
        context, "change: not a table with its columns, leave the call to the triggers", -1);
    return;
  }
  /* To store a time canonically changes no fact. */
  if (!store->respelling) {
    if (!check_lot_key(context, &change, event)) return;
    if (id == FACT_USAGE) store->arriving = ARRIVING_UNSURE;
    follow(store, &change, event, &rc);
  }
  if (rc == SQLITE_OK) {
    sqlite3_result_int(context, 1);
  } else {
    complain_nested(context, rc);
  }
}

/* billing_inserted(table, columns): 1 */
static void inserted(sqlite3_context *context, int count, sqlite3_value **values) {
  answer(context, "billing_inserted", AFTER_INSERT, count, values);
}

/* billing_updated(table, columns of the new row, columns of the old one): 1 */
static void updated(sqlite3_context *context, int count, sqlite3_value **values) {
  answer(context, "billing_updated", AFTER_UPDATE, count, values);
}

/* billing_deleted(table, columns): 1 */
static void deleted(sqlite3_context *context, int count, sqlite3_value **values) {
  answer(context, "billing_deleted", AFTER_DELETE, count, values);
}

/* billing_passed_over(): 1 where OR IGNORE leaves out the row that is being inserted */
static void passed_over(sqlite3_context *context, int count, sqlite3_value **values) {
  const struct store *store = sqlite3_user_data(context);
  (void)count;
  (void)values;
  sqlite3_result_int(context, store->passed_over);
}

/* billing_stamp(): a new one for _billing_change; whatever an insert has read is old now */
static void stamp(sqlite3_context *context, int count, sqlite3_value **values) {
  struct store *store = sqlite3_user_data(context);
  int64_t made;
  (void)count;
  (void)values;
  sqlite3_randomness(sizeof(made), &made);
  store->stamp_known = false;
  sqlite3_result_int64(context, made);
}

#define OPEN SQLITE_INNOCUOUS

const struct function_def changed_functions[] = {
    {"billing_inserted", -1, OPEN, inserted, "marks what a fact changes; triggers call it"},
    {"billing_updated", -1, OPEN, updated, "likewise"},
    {"billing_deleted", -1, OPEN, deleted, "likewise"},
    {"billing_stamp", 0, OPEN, stamp, "a random number"},
    {"billing_passed_over", 0, OPEN, passed_over, "reads the connection's state"},
    {NULL, 0, 0, NULL, NULL},
};
