/*
** billing_help(name): what each public name is for, a row each, printed from docs/reference.md by
** scripts/help_rows. It reads nothing of the file, so no schema is needed.
*/
#include <string.h>

#include "store/error.h"
#include "store/text.h"
#include "tables/query_table.h"

SQLITE_EXTENSION_INIT3

struct help_row {
  const char *name, *kind, *what, *example;
};

#include "help_rows.h"
#define ROW_COUNT (sizeof(help_rows) / sizeof(help_rows[0]))

enum column { NAME, KIND, WHAT, EXAMPLE };

static bool is_named(const struct help_row *row, struct text name) {
  return strlen(row->name) == (size_t)name.size &&
         sqlite3_strnicmp(row->name, name.bytes, name.size) == 0;
}

static int refuse(struct query_cursor *cursor, sqlite3_value *name) {
  char *message = complaint("billing_help", "name is not text", name,
                            "give the name of a function, table or fact, or nothing for all");
  return message ? query_fail(cursor, SQLITE_ERROR, message) : SQLITE_NOMEM;
}

static int add_row(struct query_cursor *cursor, const struct help_row *row) {
  int rc = SQLITE_OK;
  const struct help_row **added = result_add(cursor, &rc);
  if (added) *added = row;
  return rc;
}

static int help_fill(struct query_cursor *cursor) {
  sqlite3_value *given = query_given(cursor, PARAM_NAME);
  bool all = !given || sqlite3_value_type(given) == SQLITE_NULL;
  struct text name = {.bytes = ""};
  int rc = SQLITE_OK;
  if (cursor->batch.number > 1) return SQLITE_OK;
  if (!all && sqlite3_value_type(given) != SQLITE_TEXT) return refuse(cursor, given);
  if (!all && !sqlite3_value_text(given)) return SQLITE_NOMEM;
  if (!all) name = text_of_text(given);
  for (size_t i = 0; i < ROW_COUNT && rc == SQLITE_OK; i++) {
    if (all || is_named(&help_rows[i], name)) rc = add_row(cursor, &help_rows[i]);
  }
  return rc;
}

static const struct help_row *current(const void *row) {
  return *(const struct help_row *const *)row;
}

static int help_column(struct query_cursor *cursor, sqlite3_context *context, int column) {
  const struct help_row *row = current(result_row(cursor));
  const char *const texts[] = {
      [NAME] = row->name, [KIND] = row->kind, [WHAT] = row->what, [EXAMPLE] = row->example};
  sqlite3_result_text(context, texts[column], -1, SQLITE_STATIC);
  return SQLITE_OK;
}

static void help_key(const void *row, sqlite3_str *key) {
  sqlite3_str_appendall(key, current(row)->name);
}

static const struct query_batches help_batches = {
    .row_bytes = (int)sizeof(const struct help_row *),
    .fill = help_fill,
    .column = help_column,
    .key = help_key,
};

const struct query_table billing_help_table = {
    .name = "billing_help",
    .columns =
        "name TEXT COLLATE NOCASE, kind TEXT, what TEXT, example TEXT,"
        " p_name TEXT HIDDEN",
    .argument_only = BIT(PARAM_NAME),
    .rows_per_team = 1,
    .batches = &help_batches,
};
