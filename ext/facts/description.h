/*
** What a fact table is: facts.def as a table in C. Knows no SQLite: the build prints the check
** triggers from it.
*/
#ifndef BILLING_DESCRIPTION_H
#define BILLING_DESCRIPTION_H

#include <stdbool.h>

#include "facts/alert_name.h"

enum fact_id {
  NO_FACT,
#define FACT(id, table, follows) FACT_##id,
#define COLUMN(...)
#define END
#include "facts/facts.def"
#undef FACT
#undef COLUMN
#undef END
  FACT_COUNT
};

enum rule {
  ANY,          /* SQLite itself keeps it right, or the table's own check does */
  NAME,         /* an id or a name: see name_check() in core/utf8.h */
  MAYBE_NAME,   /* the same, or NULL */
  ADDRESS,      /* likewise not empty, and without white space and control characters */
  MAYBE_LABEL,  /* the same, NULL, or an empty text */
  MAYBE_TEXT,   /* any text of UTF-8, or NULL */
  TIME,         /* exact to the millisecond; stored as canonical UTC, see spelling.h */
  MAYBE_TIME,   /* the same, or NULL */
  AMOUNT,       /* a number from 0 to `limit` */
  MAYBE_AMOUNT, /* the same, or NULL */
  PACKAGE,      /* a number from 0.000001 to `limit` */
  FLAG,         /* 0 or 1 */
  RANK,         /* a moderate integer */
  KEY,          /* an integer that a row must name */
  CHOICE,       /* one of `choices` */
  CHOICES,      /* some of them, separated by commas or spaces, or NULL */
};

enum role {
  PLAIN_COLUMN,
  KEY_COLUMN,
  NAME_COLUMN, /* of the key, and resolved without regard to case: no two may differ only in that */
  SOURCE_COLUMN, /* the loader's own key: INSERT OR IGNORE passes over a row that has it */
};

/* What a change of a row brings about, beside its checks: facts/steps.c. */
enum follows {
  NOTHING = 0,
  CHANGES = 1, /* something that is settled or cached */
  GUARDED = 4, /* a closed period may hold its rows: a deletion asks before it happens */
};

struct column {
  const char *name; /* table.column */
  enum rule rule;
  bool follows;   /* a trigger after a change hands it over: facts/steps.c reads it */
  bool describes; /* nothing follows from a change of it */
  double limit;
  const char *choices; /* as SQL literals, separated by a space: "'flex' 'eba'" */
  enum role role;
  enum fact_id parent; /* whose key this is; its parts stand in the same order in both tables */
  const char *where;   /* the rows that have that parent, in SQL; NULL: all */
  const char *after, *not_before; /* the column of an earlier time */
};

#define KEY_MAX 4     /* columns of a key */
#define COLUMN_MAX 16 /* of a table */

struct fact {
  const char *name;
  const struct column *columns;
  int follows; /* of enum follows */
  int count;
};

extern const struct fact facts[FACT_COUNT];

/* NO_FACT where no table has that name. */
enum fact_id fact_find(const char *name);

/* Without the table. */
const char *column_short_name(const struct column *column);

bool column_is_key(const struct column *column);
bool column_is_time(const struct column *column);

int fact_key_parts(const struct fact *fact);

/* The triggers of a table, one for each event that needs one. */
enum row_event {
  BEFORE_INSERT = 1,
  BEFORE_UPDATE = 2,
  BEFORE_DELETE = 4,
  AFTER_INSERT = 8,
  AFTER_UPDATE = 16,
  AFTER_DELETE = 32,
};

bool fact_has_trigger(enum fact_id id, enum row_event event);

/* What the trigger hands to C: these columns of the new row, then these of the old one. */
bool fact_passes_new(const struct fact *fact, enum row_event event, int column);
bool fact_passes_old(const struct fact *fact, enum row_event event, int column);

bool fact_has_time(const struct fact *fact);

/* Does a time column belong to the key? */
bool fact_has_time_in_key(const struct fact *fact);

/* Does another table refer to its rows? */
bool fact_is_parent(enum fact_id id);

/* The column that names a row in messages: its NAME_COLUMN, else the last one of the key. */
int fact_naming_column(const struct fact *fact);

#endif
