/*
** The fact tables as the checks know them: what a column may hold, which columns are the key, to whose rows
** they refer. From this description come the questions that a check asks of other rows; the store keeps
** their statements like all others.
**
** usage is not among them: its check asks nothing (sql/checks/usage.sql).
*/
#ifndef BILLING_FACT_H
#define BILLING_FACT_H

#include "sqlite3ext.h"

#include <stdbool.h>

#include "facts/fact_id.h"

struct store;

enum rule {
  ANY,          /* SQLite itself keeps it right, or the table's own check does */
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

enum role {
  PLAIN_COLUMN,
  KEY_COLUMN,
  NAME_COLUMN, /* of the key, and resolved without regard to case: no two may differ only in that */
  SOURCE_COLUMN, /* the loader's own key: INSERT OR IGNORE passes over a row that has it */
};

struct column {
  const char *name; /* table.column */
  enum rule rule;
  double limit;
  const char *choices; /* as SQL literals, separated by a space: "'flex' 'eba'" */
  enum role role;
  enum fact_id parent; /* whose key this is; its parts stand in the same order in both tables */
  const char *where;   /* the rows that have that parent, in SQL; NULL: all */
  const char *after, *not_before; /* the column of an earlier time */
};

#define KEY_MAX 4 /* columns of a key */

struct fact {
  const char *name;
  const struct column *columns;
  int count;
};

extern const struct fact facts[FACT_COUNT];

/* NO_FACT where no table has that name. */
enum fact_id fact_find(const char *name);

/* Without the table. */
const char *column_short_name(const struct column *column);

bool column_is_key(const struct column *column);

int fact_key_parts(const struct fact *fact);

/* The key of a row. */
void fact_key(const struct fact *fact, sqlite3_value *const *row, sqlite3_value *key[KEY_MAX]);

/* ---- questions; in what follows a row is all columns, a key its columns, in order ---- */

/* Is there a row with this key? */
bool fact_known(struct store *store, enum fact_id id, sqlite3_value *const *key, int *rc);

/* Is there one with the key of this row, but other values? Not where a repeated source_id explains it. */
bool fact_taken(struct store *store, enum fact_id id, sqlite3_value *const *row, int *rc);

/* Is there one whose name differs only in case? `old_key`: but for that one; may be NULL. */
bool fact_has_twin(struct store *store, enum fact_id id, sqlite3_value *const *row,
                   sqlite3_value *const *old_key, int *rc);

/* The first table that refers to this key, when it is to become `new_key` (NULL: to go); or NO_FACT. */
enum fact_id fact_user(struct store *store, enum fact_id id, sqlite3_value *const *old_key,
                       sqlite3_value *const *new_key, int *rc);

#endif
