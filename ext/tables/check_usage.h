/*
** The usage rows that billing_check reads: what the rater reads, and more.
*/
#ifndef BILLING_CHECK_USAGE_H
#define BILLING_CHECK_USAGE_H

#include "facts/sql_parts.h"
#include "store/text.h"

#define CHECK_USAGE SQL_USAGE ", u.user_id, u.label, u.source_id"

enum check_usage_column {
  CHECK_USAGE_ID,
  CHECK_CLIENT,
  CHECK_API,
  CHECK_SKU,
  CHECK_QUANTITY,
  CHECK_OCCURRED_AT,
  CHECK_OUTCOME,
  CHECK_USER_ID,
  CHECK_LABEL,
  CHECK_SOURCE_ID,
  CHECK_COLUMNS
};

/* A row that selects CHECK_USAGE. Its texts are valid until the next step. */
struct check_row {
  sqlite3_value *value[CHECK_COLUMNS];
  int type[CHECK_COLUMNS];
  struct text text[CHECK_COLUMNS]; /* where the type is SQLITE_TEXT */
  int64_t usage_id;
};

/* Asks for each column once: a million rows are read. */
static inline void check_row_read(sqlite3_stmt *statement, struct check_row *row) {
  for (int i = 0; i < CHECK_COLUMNS; i++) {
    row->value[i] = sqlite3_column_value(statement, i);
    row->type[i] = sqlite3_value_type(row->value[i]);
    if (row->type[i] == SQLITE_TEXT) row->text[i] = text_of_text(row->value[i]);
  }
  row->usage_id = sqlite3_value_int64(row->value[CHECK_USAGE_ID]);
}

#endif
