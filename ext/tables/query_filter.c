#include "tables/query_filter.h"

#include <string.h>

#include "facts/lookup.h"
#include "store/query.h"
#include "store/show.h"
#include "tables/narrow.h"
#include "tables/page.h"
#include "tables/query_plan.h"
#include "tables/query_shape.h"

SQLITE_EXTENSION_INIT3

static const struct query_vtab *vtab_of(const struct query_cursor *cursor) {
  return (const struct query_vtab *)cursor->base.pVtab;
}

static bool is_null(sqlite3_value *value) {
  return !value || sqlite3_value_type(value) == SQLITE_NULL;
}

sqlite3_value *query_given(const struct query_cursor *cursor, enum parameter parameter) {
  sqlite3_value *argument = cursor->argument[parameter];
  return is_null(argument) ? cursor->equality[parameter] : argument;
}

void query_forget_values(struct query_cursor *cursor) {
  for (int i = 0; i < PARAM_COUNT; i++) {
    sqlite3_value_free(cursor->argument[i]);
    sqlite3_value_free(cursor->equality[i]);
    cursor->argument[i] = cursor->equality[i] = NULL;
  }
  narrow_forget(cursor);
}

/* ---- errors ---- */

static int fail_with(struct query_cursor *cursor, sqlite3_str *text) {
  char *message = sqlite3_str_finish(text);
  return message ? query_fail(cursor, SQLITE_ERROR, message) : SQLITE_NOMEM;
}

static sqlite3_str *start_error(struct query_cursor *cursor, const char *column,
                                const char *wrong) {
  sqlite3_str *text = sqlite3_str_new(vtab_of(cursor)->store->db);
  sqlite3_str_appendf(text, "%s: %s %s", vtab_of(cursor)->table->name, column, wrong);
  return text;
}

/* The name of a column: the word before its type. */
static int name_size(const char *column) {
  return (int)strcspn(column, " ");
}

static const char *column_text(const struct query_cursor *cursor, int column) {
  const char *text = vtab_of(cursor)->table->columns;
  for (; column > 0; column--) text = strchr(text, ',') + 1;
  return text + strspn(text, " ");
}

/* An argument goes by the name of its parameter. */
static int refuse_time(struct query_cursor *cursor, int column, sqlite3_value *value) {
  const struct query_vtab *vtab = vtab_of(cursor);
  const char *name = column == vtab->shape.argument[PARAM_AT] ? "at" : column_text(cursor, column);
  sqlite3_str *text = sqlite3_str_new(vtab->store->db);
  sqlite3_str_appendf(text, "%s: %.*s is not a time, ", vtab->table->name, name_size(name), name);
  show_value(text, value);
  sqlite3_str_appendall(text, ", write YYYY-MM-DD HH:MM:SS[.SSS] or use utc()");
  return fail_with(cursor, text);
}

static const char *word_of(int op) {
  switch (op) {
    case SQLITE_INDEX_CONSTRAINT_LT:
      return "<";
    case SQLITE_INDEX_CONSTRAINT_LE:
      return "<=";
    case SQLITE_INDEX_CONSTRAINT_GT:
      return ">";
    case SQLITE_INDEX_CONSTRAINT_GE:
      return ">=";
    case SQLITE_INDEX_CONSTRAINT_NE:
      return "<>";
    case SQLITE_INDEX_CONSTRAINT_ISNOT:
      return "IS NOT";
    default:
      return "other than =";
  }
}

/* An example of how to give the parameter once for each of several values. */
static void show_join(struct query_cursor *cursor, sqlite3_str *text, const char *column) {
  sqlite3_str_appendf(text, "SELECT … FROM json_each('[%s]') c JOIN %s t ON t.%s = c.value",
                      strcmp(column, "days") == 0 ? "30, 90" : "\"2025-07-01\", \"2025-08-01\"",
                      vtab_of(cursor)->table->name, column);
}

static int refuse_key(struct query_cursor *cursor) {
  sqlite3_str *text = start_error(cursor, KEY_COLUMN, "is not for use");
  sqlite3_str_appendf(text, ", a value for it, give fewer arguments");
  return fail_with(cursor, text);
}

/* Whatever SQLite chose, it has no value for the parameter: say how to write it. */
static int refuse_blind(struct query_cursor *cursor, int plan) {
  const struct query_shape *shape = &vtab_of(cursor)->shape;
  int column = PLAN_BLIND_COLUMN(plan), op = PLAN_BLIND_OP(plan), parameter = 0;
  sqlite3_str *text;
  const char *name;
  if (column >= shape->count) return refuse_key(cursor);
  while (shape->argument[parameter] != column && shape->column[parameter] != column) parameter++;
  name = parameter_name(parameter);
  if (op) {
    text = start_error(cursor, name, "needs a value for each row");
    sqlite3_str_appendf(text, ", '%s'", word_of(op));
  } else {
    text = start_error(cursor, name, "comes from a table that is read later");
    sqlite3_str_appendf(text, ", '='");
  }
  if (parameter == PARAM_AT || parameter == PARAM_DAYS) {
    sqlite3_str_appendall(text, op ? ", join a calendar: " : ", put that table first: ");
    show_join(cursor, text, name);
  } else {
    sqlite3_str_appendf(text, ", compare it with one value: %s = …", name);
  }
  return fail_with(cursor, text);
}

int query_refuse_compared(struct query_cursor *cursor) {
  sqlite3_str *text = start_error(cursor, "at",
                                  "is compared in a way that gives it no value, "
                                  "'NOT, OR, row values or the order of a CROSS JOIN'"
                                  ", join a calendar that comes first: ");
  show_join(cursor, text, "at");
  return fail_with(cursor, text);
}

/* ---- times ---- */

static int read_time(struct query_cursor *cursor, int column, sqlite3_value *value,
                     struct instant *time) {
  const char *text;
  if (sqlite3_value_type(value) != SQLITE_TEXT) return refuse_time(cursor, column, value);
  text = (const char *)sqlite3_value_text(value);
  if (!text) return SQLITE_NOMEM;
  if (instant_read(text, (size_t)sqlite3_value_bytes(value), time) != INSTANT_OK) {
    return refuse_time(cursor, column, value);
  }
  return SQLITE_OK;
}

static int read_now(struct query_cursor *cursor) {
  int rc = SQLITE_OK;
  if (!cursor->now_ms) cursor->now_ms = query_number(query_store(cursor), sql_read_now, 0, &rc, "");
  cursor->at_ms = cursor->now_ms;
  return rc == SQLITE_OK || rc == SQLITE_NOMEM
             ? rc
             : query_fail(cursor, rc,
                          store_error(query_store(cursor)->db, vtab_of(cursor)->table->name, rc));
}

static int read_at(struct query_cursor *cursor) {
  const struct query_shape *shape = &vtab_of(cursor)->shape;
  bool by_argument = !is_null(cursor->argument[PARAM_AT]);
  sqlite3_value *value = query_given(cursor, PARAM_AT);
  struct instant time = {.ms = 0};
  int rc;
  cursor->is_now = is_null(value);
  if (cursor->is_now) {
    rc = read_now(cursor);
  } else {
    int column = by_argument ? shape->argument[PARAM_AT] : shape->column[PARAM_AT];
    rc = read_time(cursor, column, value, &time);
    cursor->at_ms = time.ms;
  }
  instant_format(cursor->at_ms, cursor->at);
  return rc;
}

static bool holds(char letter, int order) {
  switch (letter) {
    case '<':
      return order < 0;
    case 'l':
      return order <= 0;
    case '>':
      return order > 0;
    case 'g':
      return order >= 0;
    case '!':
    case 'n':
      return order != 0;
    default:
      return order == 0;
  }
}

static int64_t start_of_day(int64_t ms) {
  return ms - ((ms % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY;
}

static enum span_kind span_of(const struct query_table *table, int column) {
  for (int i = 0; i < MAX_SPANS; i++) {
    if (table->spans[i].kind && table->spans[i].column == column) return table->spans[i].kind;
  }
  return SPAN_NONE;
}

/* Of a day its midnight is compared. Wide enough: what comes is compared, too. */
static void narrow_span(struct query_cursor *cursor, int column, char letter, int64_t low_ms,
                        int64_t high_ms) {
  enum span_kind kind = span_of(vtab_of(cursor)->table, column);
  bool is_day = kind == SPAN_DAYS;
  int64_t from_ms = is_day ? start_of_day(low_ms) : low_ms;
  int64_t to_ms = is_day ? start_of_day(high_ms) + MS_PER_DAY : high_ms + 1;
  bool below = letter == '<' || letter == 'l', above = letter == '>' || letter == 'g';
  if (kind == SPAN_NONE || letter == '!' || letter == 'n') return;
  if (!below && from_ms > cursor->from_ms) cursor->from_ms = from_ms;
  if (!above && kind != SPAN_FROM && to_ms < cursor->to_ms) cursor->to_ms = to_ms;
}

static int read_list(struct query_cursor *cursor, int column, sqlite3_value *list) {
  int64_t low_ms = INSTANT_MAX, high_ms = INSTANT_MIN;
  struct instant time = {0, false, true};
  sqlite3_value *value;
  int rc = sqlite3_vtab_in_first(list, &value);
  for (; rc == SQLITE_OK && value; rc = sqlite3_vtab_in_next(list, &value)) {
    int failed = is_null(value) ? SQLITE_OK : read_time(cursor, column, value, &time);
    if (failed) return failed;
    if (is_null(value)) continue;
    if (time.ms < low_ms) low_ms = time.ms;
    if (time.ms > high_ms) high_ms = time.ms;
  }
  if (rc == SQLITE_DONE) rc = SQLITE_OK;
  if (low_ms <= high_ms) narrow_span(cursor, column, '=', low_ms, high_ms);
  return rc;
}

/* The parameter whose equality a column of times is; or PARAM_COUNT. */
static enum parameter parameter_of_time(const struct query_shape *shape, int column) {
  static const enum parameter times[] = {PARAM_AT, PARAM_SINCE, PARAM_UNTIL};
  for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
    if (shape->column[times[i]] == column) return times[i];
  }
  return PARAM_COUNT;
}

/* What it says in all rows; NULL of no parameter. */
static const int64_t *same_in_all(const struct query_cursor *cursor, enum parameter parameter) {
  if (parameter == PARAM_AT) return &cursor->at_ms;
  if (parameter == PARAM_SINCE) return &cursor->page.since_ms;
  return parameter == PARAM_UNTIL ? &cursor->page.until_ms : NULL;
}

/* Where rows are computed, and beyond MAX_TESTS, SQLite compares. */
static void add_test(struct query_cursor *cursor, int column, char letter,
                     const struct instant *time) {
  const struct query_table *table = vtab_of(cursor)->table;
  struct query_test *test = &cursor->tests[cursor->test_count];
  if (table->maker || table->batches || cursor->test_count >= MAX_TESTS) return;
  memset(test, 0, sizeof(*test));
  test->column = column;
  test->letter = letter;
  test->is_null = !time;
  if (time) test->time = *time;
  cursor->test_count++;
}

/* Of a row's time, or NULL. */
static bool test_holds(const struct query_test *test, const int64_t *ms) {
  if (!ms) return test->is_null ? test->letter == 'i' : test->letter == 'n';
  if (test->is_null) return test->letter == 'n';
  return holds(test->letter, instant_compare(*ms, &test->time));
}

bool query_row_passes(const struct query_cursor *cursor, int *rc) {
  for (int i = 0; i < cursor->test_count; i++) {
    const struct query_test *test = &cursor->tests[i];
    const char *text = (const char *)sqlite3_column_text(cursor->rows, test->column);
    int size = sqlite3_column_bytes(cursor->rows, test->column);
    int64_t ms = 0;
    if (!text && sqlite3_column_type(cursor->rows, test->column) != SQLITE_NULL) *rc = SQLITE_NOMEM;
    bool is_time = text && instant_parse_iso(text, (size_t)size, &ms);
    if (!test_holds(test, is_time ? &ms : NULL)) return false;
  }
  return true;
}

/*
** One constraint on a column of times. Those of parameters are the same in all rows, so they are
** compared here; not with the equality that gives one, which is cut off to the millisecond as an
** argument is.
** *first: no constraint on `at` has come yet.
*/
static int check_time(struct query_cursor *cursor, int column, char letter, sqlite3_value *value,
                      bool *first, bool *none) {
  const struct query_shape *shape = &vtab_of(cursor)->shape;
  enum parameter parameter = parameter_of_time(shape, column);
  const int64_t *same_ms = same_in_all(cursor, parameter);
  struct instant time = {.ms = 0};
  bool is_at = parameter == PARAM_AT;
  bool gives =
      same_ms && letter == '=' && is_null(cursor->argument[parameter]) && (!is_at || *first);
  int rc;
  if (is_at) *first = false;
  if (letter == '@') return read_list(cursor, column, value);
  if (is_null(value)) {
    if (!same_ms) add_test(cursor, column, letter, NULL);
    *none = *none || (letter != 'n' && letter != 'i') || (letter == 'i' && same_ms);
    return SQLITE_OK;
  }
  rc = read_time(cursor, column, value, &time);
  if (rc != SQLITE_OK) return rc;
  if (same_ms && !gives && !holds(letter, instant_compare(*same_ms, &time))) *none = true;
  if (!same_ms) add_test(cursor, column, letter, &time);
  narrow_span(cursor, column, letter, time.ms, time.ms);
  return SQLITE_OK;
}

/* ---- values ---- */

static int keep(sqlite3_value **kept, sqlite3_value *value) {
  if (*kept) return SQLITE_OK;
  *kept = sqlite3_value_dup(value);
  return *kept ? SQLITE_OK : SQLITE_NOMEM;
}

/* Keeps the value of a parameter. An equality with NULL leaves no row. */
static int keep_value(struct query_cursor *cursor, int column, char letter, sqlite3_value *value,
                      bool *none) {
  const struct query_shape *shape = &vtab_of(cursor)->shape;
  if (letter != '=' && letter != 'i' && letter != 'e') return SQLITE_OK;
  for (int i = 0; i < PARAM_COUNT; i++) {
    if (shape->argument[i] == column) return keep(&cursor->argument[i], value);
    if (shape->column[i] != column) continue;
    if (is_null(value)) *none = true;
    return keep(&cursor->equality[i], value);
  }
  for (int i = 0; i < FILTER_COUNT; i++) {
    if (shape->filter[i] != column) continue;
    if (is_null(value) && letter == '=') *none = true;
    return narrow_by(cursor, (enum filter)i, value);
  }
  return SQLITE_OK;
}

/* An argument that turned out NULL is omitted, and then the constraint on `at` gives no instant. */
static bool is_unpinned(const struct query_cursor *cursor, const char *text, int argc, int *op) {
  int column = vtab_of(cursor)->shape.column[PARAM_AT];
  if (!cursor->is_now || column == NO_COLUMN) return false;
  for (int i = 0; i < argc; i++) {
    if (text[(size_t)i * 2] - '0' != column || text[(size_t)i * 2 + 1] == '?') continue;
    *op = 1; /* no operator of its own */
    return true;
  }
  return false;
}

static bool is_argument(const struct query_shape *shape, int column) {
  for (int i = 0; i < PARAM_COUNT; i++) {
    if (shape->argument[i] == column) return true;
  }
  return false;
}

int query_read_values(struct query_cursor *cursor, int plan, const char *text, int argc,
                      sqlite3_value **argv, bool *none) {
  const struct query_shape *shape = &vtab_of(cursor)->shape;
  int rc = SQLITE_OK, op;
  bool first = true;
  *none = false;
  cursor->test_count = 0;
  cursor->past = (plan & PLAN_PAST) != 0;
  cursor->dear = (plan & PLAN_DEAR) != 0;
  cursor->from_ms = INT64_MIN;
  cursor->to_ms = INT64_MAX;
  if (plan & PLAN_BLIND) return refuse_blind(cursor, plan);
  for (int i = 0; i < argc && rc == SQLITE_OK; i++) {
    rc = keep_value(cursor, text[(size_t)i * 2] - '0', text[(size_t)i * 2 + 1], argv[i], none);
  }
  if (rc != SQLITE_OK || *none) return rc;
  if (shape->argument[PARAM_AT] != NO_COLUMN) rc = read_at(cursor);
  if (rc == SQLITE_OK) rc = page_read(cursor);
  if (rc == SQLITE_OK && is_unpinned(cursor, text, argc, &op)) {
    return refuse_blind(cursor, shape->column[PARAM_AT] << 8 | op << 16);
  }
  for (int i = 0; i < argc && rc == SQLITE_OK; i++) {
    int column = text[(size_t)i * 2] - '0';
    if (text[(size_t)i * 2 + 1] == '?' || is_argument(shape, column)) continue;
    if (!(shape->times & BIT(column))) continue;
    rc = check_time(cursor, column, text[(size_t)i * 2 + 1], argv[i], &first, none);
  }
  return rc == SQLITE_OK && !*none ? narrow_place(cursor) : rc;
}
