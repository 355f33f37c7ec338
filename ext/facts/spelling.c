#include "facts/spelling.h"

#include "core/instant.h"
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
