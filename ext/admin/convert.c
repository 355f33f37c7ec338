#include "admin/functions.h"

#include "core/instant.h"
#include "core/units.h"
#include "store/error.h"

SQLITE_EXTENSION_INIT3

/* utc(text): any ISO 8601 time as canonical UTC; NULL for NULL. */
static void utc(sqlite3_context *context, int count, sqlite3_value **values) {
  static const char example[] = "give ISO 8601, such as '2025-07-30T10:11:12Z'";
  char canonical[INSTANT_TEXT_SIZE];
  int64_t ms;
  (void)count;
  int type = sqlite3_value_type(values[0]);
  if (type == SQLITE_NULL) return;
  if (type != SQLITE_TEXT) {
    complain(context, SQLITE_ERROR, "utc", "not a text", values[0], example);
    return;
  }
  const char *text = (const char *)sqlite3_value_text(values[0]);
  if (!text) {
    sqlite3_result_error_nomem(context);
    return;
  }
  if (!instant_parse_iso(text, (size_t)sqlite3_value_bytes(values[0]), &ms)) {
    complain(context, SQLITE_ERROR, "utc", "not a time", values[0], example);
    return;
  }
  instant_format(ms, canonical);
  sqlite3_result_text(context, canonical, -1, SQLITE_TRANSIENT);
}

/* tokens(units): REAL; NULL for NULL. Units are whole: anything but an integer is an error. */
static void tokens(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  int type = sqlite3_value_type(values[0]);
  if (type == SQLITE_NULL) return;
  if (type != SQLITE_INTEGER) {
    complain(context, SQLITE_ERROR, "tokens", "not an integer", values[0],
             "give units, 3600000 to a token");
    return;
  }
  sqlite3_result_double(context, units_to_tokens(sqlite3_value_int64(values[0])));
}

/* units(tokens): INTEGER, the nearest unit, half up; NULL for NULL. */
static void units(sqlite3_context *context, int count, sqlite3_value **values) {
  int64_t result;
  bool fits;
  (void)count;
  switch (sqlite3_value_type(values[0])) {
    case SQLITE_NULL:
      return;
    case SQLITE_INTEGER:
      fits = units_from_whole_tokens(sqlite3_value_int64(values[0]), &result);
      break;
    case SQLITE_FLOAT:
      fits = units_from_tokens(sqlite3_value_double(values[0]), &result);
      break;
    default:
      complain(context, SQLITE_ERROR, "units", "not a number", values[0], "give tokens");
      return;
  }
  if (fits) {
    sqlite3_result_int64(context, result);
  } else {
    complain(context, SQLITE_ERROR, "units", "too large for 64 bits", values[0],
             "give at most 2.5e12 tokens either way");
  }
}

static const char pure[] = "computes from its argument alone: safe in views, indexes and triggers";

const struct function_def convert_functions[] = {
    {"utc", 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, utc, pure},
    {"tokens", 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, tokens, pure},
    {"units", 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, units, pure},
    {NULL, 0, 0, NULL, NULL},
};
