#include "tables/query_shape.h"

#include <string.h>

#include "tables/time_column.h"

SQLITE_EXTENSION_INIT3

static const struct {
  const char *argument, *column;
} parameters[PARAM_COUNT] = {
    [PARAM_TEAM] = {"p_team", "team_id"}, [PARAM_AT] = {"p_at", "at"},
    [PARAM_DAYS] = {"p_days", "days"},    [PARAM_USAGE] = {"p_usage", "usage_id"},
    [PARAM_NAME] = {"p_name", "name"},    [PARAM_SINCE] = {"p_since", "since"},
    [PARAM_UNTIL] = {"p_until", "until"}, [PARAM_STEP] = {"p_step", "step"},
    [PARAM_ZONE] = {"p_zone", "zone"},    [PARAM_ZERO] = {"p_zero", "zero"},
    [PARAM_MONTH] = {"p_month", "month"}, [PARAM_PUBLISHED] = {"p_published", "published"},
};

static const char *const filters[FILTER_COUNT] = {
    [FILTER_USAGE] = "usage_id",
    [FILTER_CLIENT] = "client_id",
    [FILTER_LOT] = "lot_id",
};

const char *parameter_name(enum parameter parameter) {
  return parameters[parameter].column;
}

/* A column's text, `name TYPE` or `name TYPE HIDDEN`; not ended by NUL. */
struct column_text {
  const char *start;
  size_t size;
};

static struct column_text next_column(const char *columns) {
  struct column_text text = {columns + strspn(columns, ", "), 0};
  text.size = strcspn(text.start, ",");
  return text;
}

static bool has_name(struct column_text text, const char *name) {
  size_t size = strlen(name);
  return size < text.size && memcmp(text.start, name, size) == 0 && text.start[size] == ' ';
}

static bool has_word(struct column_text text, const char *word) {
  size_t size = strlen(word);
  for (size_t i = 0; i + size <= text.size; i++) {
    if (text.start[i] == ' ' && memcmp(text.start + i, word, size) == 0) return true;
  }
  return false;
}

static bool is_time(struct column_text text) {
  return has_word(text, " TIMESTAMP") || has_word(text, " DATE");
}

static void read_parameter(const struct query_table *table, struct query_shape *shape,
                           struct column_text text, int column) {
  for (int i = 0; i < PARAM_COUNT; i++) {
    if (has_name(text, parameters[i].argument)) shape->argument[i] = column;
    if (has_name(text, parameters[i].column) && !(table->argument_only & BIT(i))) {
      shape->column[i] = column;
    }
  }
  for (int i = 0; i < FILTER_COUNT; i++) {
    if ((table->filters & BIT(i)) && has_name(text, filters[i])) shape->filter[i] = column;
  }
}

/* A column is a parameter when there is an argument of the kind, or the table says so. */
static void drop_mere_columns(const struct query_table *table, struct query_shape *shape) {
  for (int i = 0; i < PARAM_COUNT; i++) {
    if (shape->argument[i] == NO_COLUMN && !(table->equality_only & BIT(i))) {
      shape->column[i] = NO_COLUMN;
    }
  }
}

char *query_shape_read(const struct query_table *table, struct query_shape *shape) {
  sqlite3_str *text = sqlite3_str_new(NULL);
  struct column_text column = next_column(table->columns);
  memset(shape, 0, sizeof(*shape));
  for (int i = 0; i < PARAM_COUNT; i++) shape->argument[i] = shape->column[i] = NO_COLUMN;
  for (int i = 0; i < FILTER_COUNT; i++) shape->filter[i] = NO_COLUMN;
  sqlite3_str_appendall(text, "CREATE TABLE x(");
  for (int i = 0; column.size > 0; column = next_column(column.start + column.size), i++) {
    sqlite3_str_append(text, column.start, (int)column.size);
    sqlite3_str_appendf(text, "%s, ", is_time(column) ? " COLLATE " TIME_COLLATION : "");
    if (is_time(column)) shape->times |= BIT(i);
    if (!has_word(column, " HIDDEN")) shape->visible = i + 1;
    shape->count = i + 1;
    read_parameter(table, shape, column, i);
  }
  drop_mere_columns(table, shape);
  sqlite3_str_appendall(text, KEY_COLUMN " BLOB HIDDEN PRIMARY KEY) WITHOUT ROWID");
  return sqlite3_str_finish(text);
}
