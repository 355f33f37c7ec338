#include "facts/taken.h"

#include <string.h>

#include "core/instant.h"
#include "facts/fact.h"
#include "store/error.h"
#include "store/store.h"
#include "store/text.h"

SQLITE_EXTENSION_INIT3

struct noted {
  enum row_event event;
  enum taken taken;
  struct change change;   /* its values are copies */
  sqlite3_value *written; /* the time in its key, where the statement spells it in another way */
};

static void drop_noted(void *memory) {
  struct noted *noted = memory;
  for (int i = 0; i < COLUMN_MAX; i++) {
    sqlite3_value_free(noted->change.new_row[i]);
    sqlite3_value_free(noted->change.old_row[i]);
  }
  sqlite3_value_free(noted->written);
  sqlite3_free(noted);
}

static struct noted *take_noted(struct store *store) {
  struct noted *noted = store->kept[KEPT_TAKEN].memory;
  store->kept[KEPT_TAKEN].memory = NULL;
  return noted;
}

static sqlite3_value *copy(sqlite3_value *value, int *rc) {
  sqlite3_value *made = value ? sqlite3_value_dup(value) : NULL;
  if (value && !made) *rc = SQLITE_NOMEM;
  return made;
}

/* The column of the time in the key; -1: it has none. */
static int key_time(const struct fact *fact) {
  int i = fact->count - 1;
  while (i >= 0 && !(column_is_key(&fact->columns[i]) && column_is_time(&fact->columns[i]))) i--;
  return i;
}

static bool is_other(sqlite3_value *written, sqlite3_value *canonical) {
  struct text a = text_of_value(written), b = text_of_value(canonical);
  return a.size != b.size || (a.size > 0 && memcmp(a.bytes, b.bytes, (size_t)a.size) != 0);
}

enum taken taken_note(struct store *store, const struct change *change, enum row_event event,
                      enum taken taken, sqlite3_value *const *written, int *rc) {
  int time = written ? key_time(&facts[change->id]) : -1;
  struct noted *noted = take_noted(store);
  if (noted) drop_noted(noted);
  noted = *rc == SQLITE_OK ? sqlite3_malloc(sizeof(*noted)) : NULL;
  if (!noted) {
    if (*rc == SQLITE_OK) *rc = SQLITE_NOMEM;
    return taken;
  }
  *noted = (struct noted){.event = event, .taken = taken, .change = {.id = change->id}};
  for (int i = 0; i < COLUMN_MAX; i++) {
    noted->change.new_row[i] = copy(change->new_row[i], rc);
    noted->change.old_row[i] = copy(change->old_row[i], rc);
  }
  if (time >= 0 && is_other(written[time], change->new_row[time])) {
    noted->written = copy(written[time], rc);
  }
  store->kept[KEPT_TAKEN] = (struct kept){noted, drop_noted};
  return taken;
}

/* The last column of the key names the row: of usage the first one. */
static int refuse_loss(const struct noted *noted, char **message) {
  const struct fact *fact = &facts[noted->change.id];
  int last = fact->count - 1;
  while (!column_is_key(&fact->columns[last])) last--;
  *message = complaint(fact->columns[last].name, "taken by a row with other values",
                       noted->change.new_row[last], "change that row, or give another key");
  return *message ? SQLITE_CONSTRAINT : SQLITE_NOMEM;
}

/*
** SQLite looks for the row of an ON CONFLICT clause by the key as it is written, and finds none.
** Whether there is such a clause it says to nobody.
*/
static int refuse_spelling(const struct noted *noted, char **message) {
  int time = key_time(&facts[noted->change.id]);
  struct text canonical = text_of_value(noted->change.new_row[time]);
  char remedy[INSTANT_TEXT_SIZE + 64];
  sqlite3_snprintf((int)sizeof(remedy), remedy,
                   "write '%.*s', as utc() does, for ON CONFLICT to find it", canonical.size,
                   canonical.bytes);
  *message = complaint(facts[noted->change.id].columns[time].name, "a row has that key already",
                       noted->written, remedy);
  return *message ? SQLITE_CONSTRAINT : SQLITE_NOMEM;
}

/* The checks of a row that was noted before them; enum taken. */
static int64_t check_again(struct store *store, const struct noted *noted, int *rc) {
  const struct fact *fact = &facts[noted->change.id];
  sqlite3_str *sql = sqlite3_str_new(store->db);
  sqlite3_stmt *check = NULL;
  int64_t taken = NOT_TAKEN;
  sqlite3_str_appendf(sql, "SELECT billing_valid_new('%s'", fact->name);
  for (int i = 0; i < fact->count; i++) sqlite3_str_appendall(sql, ", ?");
  sqlite3_str_appendall(sql, ")");
  char *text = sqlite3_str_finish(sql);
  if (*rc == SQLITE_OK) {
    *rc = text ? sqlite3_prepare_v2(store->db, text, -1, &check, NULL) : SQLITE_NOMEM;
  }
  for (int i = 0; i < fact->count && *rc == SQLITE_OK; i++) {
    *rc = sqlite3_bind_value(check, i + 1, noted->change.new_row[i]);
  }
  if (store_row(check, rc)) taken = sqlite3_column_int64(check, 0);
  sqlite3_finalize(check);
  sqlite3_free(text);
  return taken;
}

/* As OR REPLACE would: the row with the key goes, and the new one is checked without it. */
static int replace_spelled(struct store *store, const struct noted *noted, char **message) {
  sqlite3_value *key[KEY_MAX];
  int rc = SQLITE_OK;
  fact_key(&facts[noted->change.id], noted->change.new_row, key);
  fact_drop(store, noted->change.id, key, &rc);
  int64_t taken = check_again(store, noted, &rc);
  return rc == SQLITE_OK ? taken_resolve(store, taken, SQLITE_REPLACE, message) : rc;
}

static int resolve(struct store *store, const struct noted *noted, int conflict, char **message) {
  int rc = SQLITE_OK;
  bool spelled = noted->taken == SPELLED_AGAIN || noted->taken == SPELLED_BY_ANOTHER;
  if (conflict == SQLITE_IGNORE) {
    store->passed_over = noted->taken == SPELLED_AGAIN;
    bool lost = noted->taken == TAKEN_BY_ANOTHER || noted->taken == SPELLED_BY_ANOTHER;
    return lost ? refuse_loss(noted, message) : SQLITE_OK;
  }
  if (conflict != SQLITE_REPLACE) {
    if (noted->written) return refuse_spelling(noted, message);
    return SQLITE_OK; /* SQLite refuses the row itself */
  }
  if (spelled) return replace_spelled(store, noted, message);
  steps_run(store, &noted->change,
            noted->event == BEFORE_INSERT ? REPLACES_INSERT : REPLACES_UPDATE, &rc);
  return rc;
}

int taken_resolve(struct store *store, int64_t taken, int conflict, char **message) {
  struct noted *noted = taken > NOT_TAKEN ? take_noted(store) : NULL;
  if (!noted) return SQLITE_OK;
  int rc = resolve(store, noted, conflict, message);
  if (rc != SQLITE_OK && !*message) *message = store_message(store->db, rc);
  drop_noted(noted);
  return rc;
}
