#include "facts/description.h"

#include <string.h>

#include "core/units.h"

#define MAX_FACTOR 1e6 /* of an outcome */

#define FACT(id, table, follows) static const struct column table##_columns[] = {
#define COLUMN(table, column, ...) {.name = #table "." #column, __VA_ARGS__},
#define END \
  }         \
  ;
#include "facts/facts.def"
#undef FACT
#undef COLUMN
#undef END

#define FACT(id, table, follows)                   \
  [FACT_##id] = {#table, table##_columns, follows, \
                 (int)(sizeof(table##_columns) / sizeof(table##_columns[0]))},
#define COLUMN(...)
#define END
const struct fact facts[FACT_COUNT] = {
#include "facts/facts.def"
};
#undef FACT
#undef COLUMN
#undef END

enum fact_id fact_find(const char *name) {
  for (int id = NO_FACT + 1; id < FACT_COUNT; id++) {
    if (strcmp(facts[id].name, name) == 0) return (enum fact_id)id;
  }
  return NO_FACT;
}

const char *column_short_name(const struct column *column) {
  return strchr(column->name, '.') + 1;
}

bool column_is_key(const struct column *column) {
  return column->role == KEY_COLUMN || column->role == NAME_COLUMN;
}

bool column_is_time(const struct column *column) {
  return column->rule == TIME || column->rule == MAYBE_TIME;
}

bool fact_has_time(const struct fact *fact) {
  for (int i = 0; i < fact->count; i++) {
    if (column_is_time(&fact->columns[i])) return true;
  }
  return false;
}

bool fact_has_time_in_key(const struct fact *fact) {
  for (int i = 0; i < fact->count; i++) {
    if (column_is_key(&fact->columns[i]) && column_is_time(&fact->columns[i])) return true;
  }
  return false;
}

int fact_key_parts(const struct fact *fact) {
  int parts = 0;
  for (int i = 0; i < fact->count; i++) parts += column_is_key(&fact->columns[i]);
  return parts;
}

bool fact_is_parent(enum fact_id id) {
  for (int user = NO_FACT + 1; user < FACT_COUNT; user++) {
    for (int i = 0; i < facts[user].count; i++) {
      if (facts[user].columns[i].parent == id) return true;
    }
  }
  return false;
}

int fact_naming_column(const struct fact *fact) {
  int naming = 0;
  for (int i = 0; i < fact->count; i++) {
    if (fact->columns[i].role == NAME_COLUMN) return i;
    if (column_is_key(&fact->columns[i])) naming = i;
  }
  return naming;
}

bool fact_has_trigger(enum fact_id id, enum row_event event) {
  const struct fact *fact = &facts[id];
  switch (event) {
    case BEFORE_INSERT:
    case BEFORE_UPDATE:
      return true;
    case BEFORE_DELETE:
      return fact_is_parent(id) || (fact->follows & GUARDED);
    case AFTER_INSERT:
    case AFTER_UPDATE:
      return (fact->follows & CHANGES) || fact_has_time(fact);
    case AFTER_DELETE:
      return fact->follows & CHANGES;
  }
  return false;
}

/* Finds the row in its table. */
static bool names_row(const struct fact *fact, int column) {
  return fact_key_parts(fact) == 0 || column_is_key(&fact->columns[column]);
}

bool fact_passes_new(const struct fact *fact, enum row_event event, int column) {
  const struct column *passed = &fact->columns[column];
  if (event & (BEFORE_INSERT | BEFORE_UPDATE)) return true;
  if (!(event & (AFTER_INSERT | AFTER_UPDATE))) return false;
  if (passed->follows) return true;
  return fact_has_time(fact) && (column_is_time(passed) || names_row(fact, column));
}

bool fact_passes_old(const struct fact *fact, enum row_event event, int column) {
  const struct column *passed = &fact->columns[column];
  if (event & (AFTER_UPDATE | AFTER_DELETE)) return passed->follows;
  if (!(event & (BEFORE_UPDATE | BEFORE_DELETE))) return false;
  return fact_key_parts(fact) == 0 ? passed->follows : column_is_key(passed);
}
