#include "admin/functions.h"

#include "core/instant.h"
#include "core/units.h"
#include "store/error.h"

SQLITE_EXTENSION_INIT3

/* By enum instant_result. */
static const char *const wrong_time[] = {NULL, "not a time", "a year, not a time",
                                         "a month, not a time", "a week, not a time"};

/*
** utc(text), utc(text, strict): any spelling of a time as canonical UTC; NULL for NULL. What is no
** time is an error, or NULL where strict is 0.
*/
static void utc(sqlite3_context *context, int count, sqlite3_value **values) {
  char canonical[INSTANT_TEXT_SIZE];
  const char *wrong = "not a text";
  struct instant instant;
  int strict = 1;
  if (count == 2 && !read_switch(context, "utc", values[1], &strict)) return;
  if (sqlite3_value_type(values[0]) == SQLITE_NULL) return;
  if (sqlite3_value_type(values[0]) == SQLITE_TEXT) {
    const char *text = (const char *)sqlite3_value_text(values[0]);
    if (!text) {
      sqlite3_result_error_nomem(context);
      return;
    }
    wrong = wrong_time[instant_read(text, (size_t)sqlite3_value_bytes(values[0]), &instant)];
  }
  if (!wrong) {
    instant_format(instant.ms, canonical);
    sqlite3_result_text(context, canonical, -1, SQLITE_TRANSIENT);
  } else if (strict) {
    complain(context, SQLITE_ERROR, "utc", wrong, values[0],
             "give ISO 8601, such as '2025-07-30T10:11:12Z'");
  }
}

/*
** tokens(units): REAL; NULL for NULL. Units are whole: anything but an integer is an error, and so
** are units that units() would not give back.
*/
static void tokens(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  int type = sqlite3_value_type(values[0]);
  int64_t amount = sqlite3_value_int64(values[0]);
  if (type == SQLITE_NULL) return;
  if (type != SQLITE_INTEGER) {
    complain(context, SQLITE_ERROR, "tokens", "not an integer", values[0],
             "give units, 3600000 to a token");
  } else if (!units_are_exact_as_tokens(amount)) {
    complain(context, SQLITE_ERROR, "tokens", "no REAL is exact to this unit", values[0],
             "give at most 7730941132800000 units either way or whole tokens, or use the column of "
             "units");
  } else {
    sqlite3_result_double(context, units_to_tokens(amount));
  }
}

/*
** units(tokens): INTEGER, the nearest unit, half up; NULL for NULL. What could mean several units
** is an error.
*/
static void units(sqlite3_context *context, int count, sqlite3_value **values) {
  int64_t result;
  bool fits, exact = true;
  (void)count;
  switch (sqlite3_value_type(values[0])) {
    case SQLITE_NULL:
      return;
    case SQLITE_INTEGER:
      fits = units_from_whole_tokens(sqlite3_value_int64(values[0]), &result);
      break;
    case SQLITE_FLOAT:
      fits = units_from_tokens(sqlite3_value_double(values[0]), &result);
      exact = tokens_are_exact_as_units(sqlite3_value_double(values[0]));
      break;
    default:
      complain(context, SQLITE_ERROR, "units", "not a number", values[0], "give tokens");
      return;
  }
  if (!fits) {
    complain(context, SQLITE_ERROR, "units", "too large for 64 bits", values[0],
             "give at most 2.5e12 tokens either way");
  } else if (!exact) {
    complain(context, SQLITE_ERROR, "units", "a REAL this large is not exact to a unit", values[0],
             "give at most 2147483648 tokens either way or whole tokens, or use a column of units");
  } else {
    sqlite3_result_int64(context, result);
  }
}

static const char pure[] = "computes from its arguments alone: safe in views, indexes and triggers";

const struct function_def convert_functions[] = {
    {"utc", 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, utc, pure},
    {"utc", 2, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, utc, pure},
    {"tokens", 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, tokens, pure},
    {"units", 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, units, pure},
    {NULL, 0, 0, NULL, NULL},
};
