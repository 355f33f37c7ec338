#include "facts/description.h"

#include <string.h>

#include "core/units.h"

#define MAX_FACTOR 1e6 /* of an outcome */

#define FACT(id, table, checks) static const struct column table##_columns[] = {
#define COLUMN(table, column, ...) {.name = #table "." #column, __VA_ARGS__},
#define END \
  }         \
  ;
#include "facts/facts.def"
#undef FACT
#undef COLUMN
#undef END

#define FACT(id, table, checks)                   \
  [FACT_##id] = {#table, table##_columns, checks, \
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
