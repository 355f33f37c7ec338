/*
** What a column of a fact table may hold, and the refusal of what it may not.
**
** Every function here answers true, or fails the call with SQLITE_CONSTRAINT and answers false.
*/
#ifndef BILLING_COLUMN_RULE_H
#define BILLING_COLUMN_RULE_H

#include <sqlite3ext.h>

#include <stdbool.h>
#include <stddef.h>

enum rule {
  NAME,         /* text, not empty */
  MAYBE_NAME,   /* the same, or NULL */
  MAYBE_TEXT,   /* any text, or NULL */
  TIME,         /* canonical UTC */
  MAYBE_TIME,   /* the same, or NULL */
  AMOUNT,       /* a number from 0 to `limit` */
  MAYBE_AMOUNT, /* the same, or NULL */
  PACKAGE,      /* a number from 0.000001 to `limit` */
  FLAG,         /* 0 or 1 */
  RANK,         /* a moderate integer */
  KEY,          /* an integer that a row must name */
  CHOICE,       /* one of `choices` */
};

struct column {
  const char *name; /* table.column */
  enum rule rule;
  double limit;
  const char *choices; /* as SQL literals, separated by a space: "'flex' 'eba'" */
};

/* Always false: refuses the value of a column. */
bool refuse(sqlite3_context *context, const struct column *column, const char *wrong,
            sqlite3_value *value, const char *remedy);

/* The text of a value that is SQLITE_TEXT; NULL after failing the call. */
const char *text_of(sqlite3_context *context, sqlite3_value *value, size_t *size);

/* Is the text one of the choices, written as in `struct column`? */
bool is_choice(const char *choices, const char *text, size_t size);

bool check_column(sqlite3_context *context, const struct column *column, sqlite3_value *value);

#endif
