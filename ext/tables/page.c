#include "tables/page.h"

#include <string.h>

#include "facts/lookup.h"
#include "facts/sql_parts.h"
#include "store/query.h"
#include "store/show.h"
#include "store/text.h"
#include "tables/query_shape.h"
#include "tables/tables.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_report_lag[] = "SELECT CAST(" SQL_POLICY(
    "report_lag_days", "1", "datetime('now')") " * 86400000.0 + 0.5 AS INTEGER)";

#define DEFAULT_DAYS 30 /* from since to until */

static const struct query_vtab *vtab_of(const struct query_cursor *cursor) {
  return (const struct query_vtab *)cursor->base.pVtab;
}

static bool has(const struct query_cursor *cursor, enum parameter parameter) {
  return vtab_of(cursor)->shape.argument[parameter] != NO_COLUMN;
}

/* NULL when it is omitted. */
static sqlite3_value *given(const struct query_cursor *cursor, enum parameter parameter) {
  sqlite3_value *value = query_given(cursor, parameter);
  return value && sqlite3_value_type(value) != SQLITE_NULL ? value : NULL;
}

/* ---- errors ---- */

static int refuse(struct query_cursor *cursor, enum parameter parameter, const char *wrong,
                  const char *remedy) {
  sqlite3_str *text = sqlite3_str_new(query_store(cursor)->db);
  char *message;
  sqlite3_str_appendf(text, "%s: %s %s, ", vtab_of(cursor)->table->name, parameter_name(parameter),
                      wrong);
  show_value(text, given(cursor, parameter));
  sqlite3_str_appendf(text, ", %s", remedy);
  message = sqlite3_str_finish(text);
  return message ? query_fail(cursor, SQLITE_ERROR, message) : SQLITE_NOMEM;
}

static int refuse_period(struct query_cursor *cursor) {
  char since[INSTANT_TEXT_SIZE], until[INSTANT_TEXT_SIZE];
  char *message;
  instant_format(cursor->page.since_ms, since);
  instant_format(cursor->page.until_ms, until);
  message = sqlite3_mprintf("%s: since is after until, '%s' and '%s', give the earlier one first",
                            vtab_of(cursor)->table->name, since, until);
  return message ? query_fail(cursor, SQLITE_ERROR, message) : SQLITE_NOMEM;
}

/* ---- values ---- */

static int64_t read_now(struct query_cursor *cursor, int *rc) {
  if (!cursor->now_ms) {
    cursor->now_ms = query_number(query_store(cursor), sql_read_now, 0, rc, "");
  }
  return cursor->now_ms;
}

static int read_time(struct query_cursor *cursor, enum parameter parameter, int64_t *ms) {
  sqlite3_value *value = given(cursor, parameter);
  bool is_text = sqlite3_value_type(value) == SQLITE_TEXT;
  struct text text = text_of_value(value);
  struct instant instant;
  if (!is_text || instant_read(text.bytes, (size_t)text.size, &instant) != INSTANT_OK) {
    return refuse(cursor, parameter, "is not a time",
                  "write YYYY-MM-DD HH:MM:SS[.SSS] or use utc()");
  }
  *ms = instant.ms;
  return SQLITE_OK;
}

static int read_step(struct query_cursor *cursor) {
  sqlite3_value *value = given(cursor, PARAM_STEP);
  bool changes = !has(cursor, PARAM_ZERO); /* usage has instants, but no change */
  if (!value) return SQLITE_OK;
  cursor->page.step = step_read(text_of_value(value));
  if (cursor->page.step < (changes ? STEP_COUNT : STEP_CHANGE)) return SQLITE_OK;
  return refuse(cursor, PARAM_STEP, "is unknown",
                changes ? "give 'hour', 'day', 'week', 'month' or 'change'"
                        : "give 'hour', 'day', 'week' or 'month'");
}

static int read_zone(struct query_cursor *cursor) {
  sqlite3_value *value = given(cursor, PARAM_ZONE);
  cursor->page.offset_ms = 0;
  if (!value || zone_read(text_of_value(value), &cursor->page.offset_ms)) return SQLITE_OK;
  return refuse(cursor, PARAM_ZONE, "is not an offset from UTC",
                "write it as '+09:00', '-05:00' or 'Z'");
}

/*
** 0 or 1. Drivers may bind text. sqlite3_value_numeric_type() reads the connection of the value,
** which a copy does not have.
*/
static int read_flag(struct query_cursor *cursor, enum parameter parameter, int *flag) {
  sqlite3_value *value = given(cursor, parameter);
  struct text text;
  *flag = 0;
  if (!value) return SQLITE_OK;
  if (sqlite3_value_type(value) != SQLITE_BLOB) {
    text = text_of_value(value);
    *flag = text.size == 1 && text.bytes[0] == '1';
    if (*flag || (text.size == 1 && text.bytes[0] == '0')) return SQLITE_OK;
  }
  return refuse(cursor, parameter, "is neither 0 nor 1", "give one of them");
}

/* ---- periods ---- */

static int read_until(struct query_cursor *cursor) {
  struct query_page *page = &cursor->page;
  int rc = SQLITE_OK;
  if (given(cursor, PARAM_UNTIL)) return read_time(cursor, PARAM_UNTIL, &page->until_ms);
  page->until_is_now = !has(cursor, PARAM_AT) || cursor->is_now;
  page->until_ms = has(cursor, PARAM_AT) ? cursor->at_ms : read_now(cursor, &rc);
  return rc;
}

static int read_since(struct query_cursor *cursor) {
  struct query_page *page = &cursor->page;
  if (given(cursor, PARAM_SINCE)) return read_time(cursor, PARAM_SINCE, &page->since_ms);
  page->since_ms =
      bucket_start(page->until_ms - DEFAULT_DAYS * MS_PER_DAY, STEP_DAY, page->offset_ms);
  if (page->since_ms < INSTANT_MIN) page->since_ms = INSTANT_MIN;
  return SQLITE_OK;
}

static int read_period(struct query_cursor *cursor) {
  int rc = read_until(cursor);
  if (rc == SQLITE_OK) rc = read_since(cursor);
  if (rc == SQLITE_OK && cursor->page.since_ms > cursor->page.until_ms) rc = refuse_period(cursor);
  return rc;
}

static int read_month(struct query_cursor *cursor) {
  struct query_page *page = &cursor->page;
  sqlite3_value *value = given(cursor, PARAM_MONTH);
  char text[INSTANT_TEXT_SIZE];
  int rc = SQLITE_OK;
  int64_t now_ms = read_now(cursor, &rc);
  struct text month = {text, (int)sizeof(page->month) - 1};
  if (rc != SQLITE_OK) return rc;
  instant_format(now_ms + page->offset_ms, text);
  if (value) month = text_of_value(value);
  if (!month.bytes || !month_read(month, page->offset_ms, &page->since_ms, &page->until_ms)) {
    return refuse(cursor, PARAM_MONTH, "is not a month", "write YYYY-MM");
  }
  memcpy(page->month, month.bytes, sizeof(page->month) - 1);
  page->month[sizeof(page->month) - 1] = '\0';
  if (page->until_ms > now_ms) page->until_ms = now_ms + 1; /* events of now count */
  return SQLITE_OK;
}

static int read_published(struct query_cursor *cursor) {
  struct query_page *page = &cursor->page;
  int rc = read_flag(cursor, PARAM_PUBLISHED, &page->published);
  if (rc != SQLITE_OK || !page->published) return rc;
  if (page->until_ms < page->as_of_ms) page->as_of_ms = page->until_ms;
  page->as_of_ms -= query_number(query_store(cursor), sql_report_lag, MS_PER_DAY, &rc, "");
  return rc;
}

int page_read(struct query_cursor *cursor) {
  int rc = SQLITE_OK;
  memset(&cursor->page, 0, sizeof(cursor->page));
  cursor->page.as_of_ms = cursor->at_ms;
  cursor->page.step = STEP_DAY;
  if (has(cursor, PARAM_STEP)) rc = read_step(cursor);
  if (rc == SQLITE_OK && has(cursor, PARAM_ZONE)) rc = read_zone(cursor);
  if (rc == SQLITE_OK && has(cursor, PARAM_ZERO)) {
    rc = read_flag(cursor, PARAM_ZERO, &cursor->page.zero);
  }
  if (rc == SQLITE_OK && has(cursor, PARAM_SINCE)) rc = read_period(cursor);
  if (rc == SQLITE_OK && has(cursor, PARAM_MONTH)) rc = read_month(cursor);
  if (rc == SQLITE_OK && has(cursor, PARAM_PUBLISHED)) rc = read_published(cursor);
  if (has(cursor, PARAM_SINCE) || has(cursor, PARAM_MONTH)) {
    cursor->from_ms = cursor->page.since_ms;
    cursor->to_ms = cursor->page.until_ms;
  }
  return rc;
}

/* ---- what they were ---- */

void page_add_to_key(const struct query_cursor *cursor, sqlite3_str *key) {
  const struct query_page *page = &cursor->page;
  if (!has(cursor, PARAM_SINCE) && !has(cursor, PARAM_MONTH)) return;
  sqlite3_str_appendf(key, "%d,%lld,%d,%d;", (int)page->step, (long long)page->offset_ms,
                      page->zero, page->published);
  if (has(cursor, PARAM_MONTH)) {
    sqlite3_str_appendf(key, "%s;", page->month);
  } else if (page->until_is_now) {
    sqlite3_str_appendf(key, given(cursor, PARAM_SINCE) ? "%lld,;" : ";",
                        (long long)page->since_ms);
  } else {
    sqlite3_str_appendf(key, "%lld,%lld;", (long long)page->since_ms, (long long)page->until_ms);
  }
}

static void result_time(sqlite3_context *context, int64_t ms) {
  char text[INSTANT_TEXT_SIZE];
  instant_format(ms, text);
  sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

void page_result(const struct query_cursor *cursor, enum parameter parameter,
                 sqlite3_context *context) {
  const struct query_page *page = &cursor->page;
  sqlite3_value *value = given(cursor, parameter);
  if (parameter == PARAM_SINCE) {
    result_time(context, page->since_ms);
  } else if (parameter == PARAM_UNTIL) {
    result_time(context, page->until_ms);
  } else if (value) {
    sqlite3_result_value(context, value);
  } else if (parameter == PARAM_STEP) {
    sqlite3_result_text(context, step_name(page->step), -1, SQLITE_STATIC);
  } else if (parameter == PARAM_ZONE) {
    sqlite3_result_text(context, "+00:00", -1, SQLITE_STATIC);
  } else if (parameter == PARAM_ZERO || parameter == PARAM_PUBLISHED) {
    sqlite3_result_int(context, 0);
  }
}

/* ---- functions that the statements of pages call ---- */

/* An instant, a step and the offset of a zone, as the statements of pages pass them. */
static bool is_bucket_of(sqlite3_value **argv) {
  int64_t at_ms = sqlite3_value_int64(argv[0]), step = sqlite3_value_int64(argv[1]);
  int64_t offset_ms = sqlite3_value_int64(argv[2]);
  return at_ms >= INSTANT_MIN && at_ms <= INSTANT_MAX && step >= 0 && step < STEP_COUNT &&
         offset_ms > -MS_PER_DAY && offset_ms < MS_PER_DAY;
}

/* billing_bucket(ms, step, offset_ms): the start of the bucket that an instant is in */
static void bucket_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  enum step step = (enum step)sqlite3_value_int(argv[1]);
  (void)argc;
  if (!is_bucket_of(argv)) return;
  sqlite3_result_int64(
      context, bucket_start(sqlite3_value_int64(argv[0]), step, sqlite3_value_int64(argv[2])));
}

/* billing_bucket_end(ms, step, offset_ms): its end, which is the start of the next */
static void bucket_end_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  enum step step = (enum step)sqlite3_value_int(argv[1]);
  (void)argc;
  if (!is_bucket_of(argv)) return;
  sqlite3_result_int64(
      context, bucket_end(sqlite3_value_int64(argv[0]), step, sqlite3_value_int64(argv[2])));
}

#define PURE (SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC)

const struct function_def page_functions[] = {
    {"billing_bucket", 3, PURE, bucket_call, "computes from its arguments alone"},
    {"billing_bucket_end", 3, PURE, bucket_end_call, "computes from its arguments alone"},
    {NULL, 0, 0, NULL, NULL},
};
