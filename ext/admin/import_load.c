#include "admin/import_load.h"

#include <string.h>

#include "store/text.h"

SQLITE_EXTENSION_INIT3

static const char byte_order_mark[] = "\xEF\xBB\xBF";
#define MARK_SIZE 3

const char *const import_names[IMPORT_FIELDS] = {
    "source_id", "client_id", "api", "sku", "quantity", "occurred_at", "outcome", "user_id", "label",
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
** A statement that is prepared anew has run once. One that goes on has run once more than for the
** row before, or is at the same run.
*/
bool import_load_next(struct import_load *load, sqlite3 *db) {
  sqlite3_stmt *statement = running(db);
  int run = statement ? sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_RUN, 0) : 0;
  bool next_run = run == load->run + 1;
  bool same_run = run == load->run && !load->ended;
  bool goes_on = statement && statement == load->statement && load->line > 0 &&
                 (next_run || same_run);
  if (!goes_on) *load = (struct import_load){.statement = statement};
  load->run = run;
  load->ended = false;
  load->line++;
  return !goes_on;
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

/* The column of that name, in any case; -1: there is none. */
static int find_name(const struct import_value *value) {
  struct text text = import_text(value);
  for (int i = 0; text.size > 0 && i < IMPORT_FIELDS; i++) {
    if ((int)strlen(import_names[i]) != text.size) continue;
    if (sqlite3_strnicmp(import_names[i], text.bytes, text.size) == 0) return i;
  }
  return -1;
}

/* Nothing stands there: a file that has fewer columns. */
static bool is_empty(const struct import_value *value) {
  return import_text(value).size == 0 || sqlite3_value_type(value->value) == SQLITE_NULL;
}

bool import_load_header(struct import_load *load, sqlite3_value **given) {
  struct import_value values[IMPORT_FIELDS];
  import_load_values(load, given, values);
  load->unknown = -1;
  for (int i = 0; i < IMPORT_FIELDS; i++) load->place[i] = -1;
  for (int i = 0; i < IMPORT_FIELDS; i++) {
    int name = find_name(&values[i]);
    bool known = name >= 0 && load->place[name] < 0;
    if (known) load->place[name] = i;
    if (!known && load->unknown < 0 && !is_empty(&values[i])) load->unknown = i;
  }
  load->has_header = load->place[IMPORT_CLIENT_ID] >= 0 && load->place[IMPORT_API] >= 0 &&
                     load->place[IMPORT_OCCURRED_AT] >= 0;
  return load->has_header;
}
