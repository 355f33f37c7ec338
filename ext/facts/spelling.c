#include "facts/spelling.h"

#include "core/instant.h"
#include "facts/functions.h"
#include "store/error.h"
#include "store/query.h"
#include "store/store.h"
#include "store/text.h"

SQLITE_EXTENSION_INIT3

static const char sql_value[] = "SELECT ?1";

static bool is_canonical(sqlite3_value *value) {
  int64_t ms;
  if (sqlite3_value_type(value) != SQLITE_TEXT) return true;
  struct text text = text_of_text(value);
  return instant_parse(text.bytes, (size_t)text.size, &ms);
}

/* SQLite makes no value but as the column of a row. */
static sqlite3_value *value_of_text(struct store *store, const char *text, int *rc) {
  sqlite3_value *made = NULL;
  sqlite3_stmt *row = query_open(store, sql_value, rc, "z", text);
  if (store_row(row, rc)) {
    made = sqlite3_value_dup(sqlite3_column_value(row, 0));
    if (!made) *rc = SQLITE_NOMEM;
  }
  store_put(store, sql_value, row, rc);
  return made;
}

sqlite3_value *spelling_canonical(struct store *store, sqlite3_value *value, int *rc) {
  char canonical[INSTANT_TEXT_SIZE];
  struct instant instant;
  if (*rc != SQLITE_OK || is_canonical(value)) return NULL;
  struct text text = text_of_text(value);
  if (instant_read(text.bytes, (size_t)text.size, &instant) != INSTANT_OK) return NULL;
  if (!instant_may_be_fact(&instant)) return NULL;
  instant_format(instant.ms, canonical);
  return value_of_text(store, canonical, rc);
}

void spelled_start(struct spelled_row *spelled, struct store *store, const struct fact *fact,
                   sqlite3_value *const *values, int *rc) {
  spelled->made_count = 0;
  for (int i = 0; i < fact->count; i++) {
    sqlite3_value *made = NULL;
    if (column_is_time(&fact->columns[i])) made = spelling_canonical(store, values[i], rc);
    if (made) spelled->made[spelled->made_count++] = made;
    spelled->values[i] = made ? made : values[i];
  }
}

void spelled_end(struct spelled_row *spelled) {
  while (spelled->made_count > 0) sqlite3_value_free(spelled->made[--spelled->made_count]);
}

void spelling_store(struct store *store, enum fact_id id, sqlite3_value *const *row, int *rc) {
  struct spelled_row spelled;
  spelled_start(&spelled, store, &facts[id], row, rc);
  if (spelled.made_count > 0) {
    store->respelling++;
    fact_respell(store, id, row, spelled.values, rc);
    store->respelling--;
  }
  spelled_end(&spelled);
}

/* ---- what the triggers call ---- */

/* billing_canonical(time, …): is each of them canonical, or no text? */
static void canonical(sqlite3_context *context, int count, sqlite3_value **values) {
  bool all = true;
  for (int i = 0; i < count; i++) all = all && is_canonical(values[i]);
  sqlite3_result_int(context, all);
}

/* billing_respelling(): does such an update run? */
static void respelling(sqlite3_context *context, int count, sqlite3_value **values) {
  const struct store *store = sqlite3_user_data(context);
  (void)count;
  (void)values;
  sqlite3_result_int(context, store->respelling > 0);
}

/* The table and its columns; NO_FACT, and the call has failed. */
static enum fact_id read_row(sqlite3_context *context, const char *function, int count,
                             sqlite3_value **values) {
  if (called_outside_trigger(context, function)) return NO_FACT;
  const char *name = count > 0 ? (const char *)sqlite3_value_text(values[0]) : NULL;
  enum fact_id id = name ? fact_find(name) : NO_FACT;
  if (id && count == 1 + facts[id].count) return id;
  sqlite3_result_error(
      context, "spelling: not a table with its columns, leave the call to the triggers", -1);
  return NO_FACT;
}

/* billing_respell(table, columns): 1, and the times of that row are canonical */
static void respell(sqlite3_context *context, int count, sqlite3_value **values) {
  int rc = SQLITE_OK;
  enum fact_id id = read_row(context, "billing_respell", count, values);
  if (!id) return;
  spelling_store(sqlite3_user_data(context), id, values + 1, &rc);
  if (rc != SQLITE_OK) {
    complain_of_sqlite(context, rc, facts[id].name);
  } else {
    sqlite3_result_int(context, 1);
  }
}

/*
** billing_same_key(table, columns): is the key of another row that of this one in another spelling?
** 1, or 2 where the other columns are the same as well; else 0.
*/
static void same_key(sqlite3_context *context, int count, sqlite3_value **values) {
  struct store *store = sqlite3_user_data(context);
  struct spelled_row spelled;
  sqlite3_value *key[KEY_MAX];
  int rc = SQLITE_OK, answer = 0;
  enum fact_id id = read_row(context, "billing_same_key", count, values);
  if (!id) return;
  spelled_start(&spelled, store, &facts[id], values + 1, &rc);
  if (spelled.made_count > 0) {
    fact_key(&facts[id], spelled.values, key);
    if (fact_known(store, id, key, &rc)) {
      answer = fact_taken(store, id, spelled.values, &rc) ? 1 : 2;
    }
  }
  spelled_end(&spelled);
  if (rc != SQLITE_OK) {
    complain_of_sqlite(context, rc, facts[id].name);
  } else {
    sqlite3_result_int(context, answer);
  }
}

/* billing_drop_same_key(table, columns): deletes that other row, as OR REPLACE would */
static void drop_same_key(sqlite3_context *context, int count, sqlite3_value **values) {
  struct store *store = sqlite3_user_data(context);
  struct spelled_row spelled;
  sqlite3_value *key[KEY_MAX];
  int rc = SQLITE_OK;
  enum fact_id id = read_row(context, "billing_drop_same_key", count, values);
  if (!id) return;
  spelled_start(&spelled, store, &facts[id], values + 1, &rc);
  fact_key(&facts[id], spelled.values, key);
  if (spelled.made_count > 0) fact_drop(store, id, key, &rc);
  spelled_end(&spelled);
  if (rc != SQLITE_OK) {
    complain_of_sqlite(context, rc, facts[id].name);
  } else {
    sqlite3_result_int(context, 1);
  }
}

#define OPEN SQLITE_INNOCUOUS

const struct function_def spelling_functions[] = {
    {"billing_canonical", -1, OPEN | SQLITE_DETERMINISTIC, canonical,
     "computes from its arguments alone"},
    {"billing_respelling", 0, OPEN, respelling, "reads the connection's state"},
    {"billing_respell", -1, OPEN, respell, "writes a time of a fact in another form, nothing else"},
    {"billing_same_key", -1, OPEN, same_key, "reads only; triggers call it"},
    {"billing_drop_same_key", -1, OPEN, drop_same_key,
     "deletes a row as a statement would: the triggers of its table run"},
    {NULL, 0, 0, NULL, NULL},
};
