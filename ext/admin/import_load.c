#include "admin/import_load.h"

#include <string.h>

#include "store/text.h"

SQLITE_EXTENSION_INIT3

static const char byte_order_mark[] = "\xEF\xBB\xBF";
#define MARK_SIZE 3

const char *const import_names[IMPORT_FIELDS] = {
    "source_id",   "client_id", "api",     "sku",   "quantity",
    "occurred_at", "outcome",   "user_id", "label",
};

/* The newest statement that runs and writes: what we run ourselves has not begun yet. */
static sqlite3_stmt *running(sqlite3 *db) {
  sqlite3_stmt *statement = sqlite3_next_stmt(db, NULL);
  while (statement && (!sqlite3_stmt_busy(statement) || sqlite3_stmt_readonly(statement))) {
    statement = sqlite3_next_stmt(db, statement);
  }
  return statement;
}

/*
** A statement that is prepared again has run once. One that goes on has run more often than for the
** row before (a run that found the file locked never came here), or is at the same run. It has many
** rows in one run, or many runs of one row.
*/
bool import_load_next(struct import_load *load, sqlite3 *db) {
  sqlite3_stmt *statement = running(db);
  int run = statement ? sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_RUN, 0) : 0;
  bool known = statement && statement == load->statement && load->line > 0;
  bool same_run = known && run == load->run && !load->ended;
  bool later_run = known && run > load->run && !load->many_rows;
  if (same_run) {
    load->many_rows = true;
  } else if (!later_run) {
    *load = (struct import_load){.statement = statement, .run = run - 1};
  }
  load->line += later_run ? run - load->run : 1;
  load->run = run;
  load->ended = false;
  return !same_run && !later_run;
}

static bool has_mark(sqlite3_value *value) {
  struct text text = text_of_value(value);
  return text.size >= MARK_SIZE && memcmp(text.bytes, byte_order_mark, MARK_SIZE) == 0;
}

void import_load_values(const struct import_load *load, sqlite3_value **given,
                        struct import_value values[IMPORT_FIELDS]) {
  for (int i = 0; i < IMPORT_FIELDS; i++) {
    int place = load->has_header ? load->place[i] : i;
    values[i] = (struct import_value){place < 0 ? NULL : given[place], 0};
  }
  if (load->line == 1 && sqlite3_value_type(given[0]) == SQLITE_TEXT && has_mark(given[0])) {
    values[0].skip = MARK_SIZE;
  }
}

struct text import_text(const struct import_value *value) {
  struct text text = {NULL, -1};
  if (value->value && sqlite3_value_type(value->value) == SQLITE_TEXT) {
    text = text_of_text(value->value);
    text.bytes += value->skip;
    text.size -= value->skip;
  }
  return text;
}

static bool is_name(const struct import_value *value, enum import_field field) {
  struct text text = import_text(value);
  return text.size == (int)strlen(import_names[field]) &&
         sqlite3_strnicmp(import_names[field], text.bytes, text.size) == 0;
}

/* The column of that name, in any case; -1: there is none. */
static int find_name(const struct import_value *value) {
  for (int i = 0; i < IMPORT_FIELDS; i++) {
    if (is_name(value, i)) return i;
  }
  return -1;
}

/* Nothing stands there: a file that has fewer columns. */
static bool is_empty(const struct import_value *value) {
  return import_text(value).size == 0 || sqlite3_value_type(value->value) == SQLITE_NULL;
}

static bool has_name(const struct import_value values[IMPORT_FIELDS], enum import_field field) {
  for (int i = 0; i < IMPORT_FIELDS; i++) {
    if (is_name(&values[i], field)) return true;
  }
  return false;
}

/* Most rows: a time begins with a digit, where a header has a name or nothing. */
static bool has_time(const struct import_load *load, sqlite3_value **given) {
  int place = load->has_header ? load->place[IMPORT_OCCURRED_AT] : IMPORT_OCCURRED_AT;
  struct text text = {NULL, -1};
  if (sqlite3_value_type(given[place]) == SQLITE_TEXT) text = text_of_text(given[place]);
  return text.size > 0 && text.bytes[0] >= '0' && text.bytes[0] <= '9';
}

/* Another file may come by the same statement. */
bool import_load_header(struct import_load *load, sqlite3_value **given) {
  struct import_value values[IMPORT_FIELDS];
  struct import_load start = {.statement = load->statement, .run = load->run, .line = 1};
  if (has_time(load, given)) return false;
  import_load_values(&start, given, values);
  if (!has_name(values, IMPORT_API) || !has_name(values, IMPORT_CLIENT_ID) ||
      !has_name(values, IMPORT_OCCURRED_AT)) {
    return false;
  }
  start.last_reject = load->last_reject;
  start.many_rows = load->many_rows && load->line > 1;
  *load = start;
  load->unknown = -1;
  for (int i = 0; i < IMPORT_FIELDS; i++) load->place[i] = -1;
  for (int i = 0; i < IMPORT_FIELDS; i++) {
    int name = find_name(&values[i]);
    bool known = name >= 0 && load->place[name] < 0;
    if (known) load->place[name] = i;
    if (!known && load->unknown < 0 && !is_empty(&values[i])) load->unknown = i;
  }
  return load->has_header = true;
}
