#include "facts/column_rule.h"

#include <string.h>

#include "core/instant.h"
#include "core/units.h"
#include "store/error.h"

SQLITE_EXTENSION_INIT3

#define MAX_RANK 1000000000

bool refuse(sqlite3_context *context, const struct column *column, const char *wrong,
            sqlite3_value *value, const char *remedy) {
  complain(context, SQLITE_CONSTRAINT, column->name, wrong, value, remedy);
  return false;
}

const char *text_of(sqlite3_context *context, sqlite3_value *value, size_t *size) {
  const char *text = (const char *)sqlite3_value_text(value);
  *size = (size_t)sqlite3_value_bytes(value);
  if (!text) sqlite3_result_error_nomem(context);
  return text;
}

static bool check_text(sqlite3_context *context, const struct column *column,
                       sqlite3_value *value) {
  int type = sqlite3_value_type(value);
  bool optional = column->rule != NAME && column->rule != ADDRESS;
  if (type == SQLITE_NULL) {
    return optional || refuse(context, column, "missing", value, "give a text");
  }
  if (type != SQLITE_TEXT) {
    return refuse(context, column, "not a text", value,
                  optional ? "give a text or NULL" : "give a text");
  }
  if (column->rule != MAYBE_TEXT && sqlite3_value_bytes(value) == 0) {
    return refuse(context, column, "empty", value,
                  optional ? "give NULL for none" : "give at least one character");
  }
  return true;
}

/* A mailer writes it into a header of its own line. */
static bool check_address(sqlite3_context *context, const struct column *column,
                          sqlite3_value *value) {
  const char *text;
  size_t size;
  if (!check_text(context, column, value)) return false;
  text = text_of(context, value, &size);
  for (size_t i = 0; text && i < size; i++) {
    if ((unsigned char)text[i] > ' ' && text[i] != 0x7f) continue;
    return refuse(context, column, "holds a space or a control character", value,
                  "give one address alone");
  }
  return text != NULL;
}

/* A time that is well meant is shown as it should be written. */
static bool refuse_time(sqlite3_context *context, const struct column *column, sqlite3_value *value,
                        const char *text, size_t size) {
  char canonical[INSTANT_TEXT_SIZE], remedy[INSTANT_TEXT_SIZE + 40];
  int64_t ms;
  if (!instant_parse_iso(text, size, &ms)) {
    return refuse(context, column, "not a time", value, "give UTC as 'YYYY-MM-DD HH:MM:SS'");
  }
  instant_format(ms, canonical);
  sqlite3_snprintf((int)sizeof(remedy), remedy, "write '%s', as utc() does", canonical);
  return refuse(context, column, "not in canonical form", value, remedy);
}

static bool check_time(sqlite3_context *context, const struct column *column,
                       sqlite3_value *value) {
  int type = sqlite3_value_type(value);
  size_t size;
  int64_t ms;
  if (type == SQLITE_NULL && column->rule == MAYBE_TIME) return true;
  if (type != SQLITE_TEXT) {
    return refuse(context, column, type == SQLITE_NULL ? "missing" : "not a time", value,
                  "give UTC as 'YYYY-MM-DD HH:MM:SS'");
  }
  const char *text = text_of(context, value, &size);
  if (!text) return false;
  return instant_parse(text, size, &ms) || refuse_time(context, column, value, text, size);
}

static bool is_number(int type) {
  return type == SQLITE_INTEGER || type == SQLITE_FLOAT;
}

static bool check_amount(sqlite3_context *context, const struct column *column,
                         sqlite3_value *value) {
  int type = sqlite3_value_type(value);
  char remedy[48];
  if (type == SQLITE_NULL) {
    return column->rule == MAYBE_AMOUNT ||
           refuse(context, column, "missing", value, "give a number");
  }
  if (!is_number(type)) return refuse(context, column, "not a number", value, "give a number");
  double number = sqlite3_value_double(value);
  double least = column->rule == PACKAGE ? 1.0 / (double)MICRO_PER_ONE : 0;
  if (number >= least && number <= column->limit) return true;
  if (number > column->limit) {
    sqlite3_snprintf((int)sizeof(remedy), remedy, "give %.15g or less", column->limit);
    return refuse(context, column, "too large", value, remedy);
  }
  return refuse(context, column, number < 0 ? "negative" : "too small", value,
                least > 0 ? "give 0.000001 or more" : "give 0 or more");
}

static bool check_integer(sqlite3_context *context, const struct column *column,
                          sqlite3_value *value) {
  int type = sqlite3_value_type(value);
  bool integer = type == SQLITE_INTEGER, fits = integer;
  const char *wrong = "not an integer", *remedy = "give the key of a row";
  int64_t number = sqlite3_value_int64(value);
  if (column->rule == FLAG) {
    fits = integer && (number == 0 || number == 1);
    wrong = "neither 0 nor 1";
    remedy = "give 0 for no, 1 for yes";
  } else if (column->rule == RANK) {
    fits = integer && number >= -MAX_RANK && number <= MAX_RANK;
    wrong = integer ? "too far from 0" : wrong;
    remedy = "give an integer within 1000000000 either way, the smallest pays first";
  }
  return fits || refuse(context, column, type == SQLITE_NULL ? "missing" : wrong, value, remedy);
}

/* Choices hold no quote and no space. */
bool is_choice(const char *choices, const char *text, size_t size) {
  for (const char *from = strchr(choices, '\''); from; from = strchr(from, '\'')) {
    const char *to = strchr(++from, '\'');
    if ((size_t)(to - from) == size && memcmp(from, text, size) == 0) return true;
    from = to + 1;
  }
  return false;
}

static bool check_choice(sqlite3_context *context, const struct column *column,
                         sqlite3_value *value) {
  char remedy[96];
  size_t size;
  if (sqlite3_value_type(value) == SQLITE_TEXT) {
    const char *text = text_of(context, value, &size);
    if (!text) return false;
    if (is_choice(column->choices, text, size)) return true;
  }
  sqlite3_snprintf((int)sizeof(remedy), remedy, "give one of %s", column->choices);
  return refuse(context, column, "unknown", value, remedy);
}

static bool refuse_choices(sqlite3_context *context, const struct column *column,
                           sqlite3_value *value) {
  char *remedy =
      sqlite3_mprintf("give names of %sseparated by commas, or NULL for all", column->choices);
  if (remedy) refuse(context, column, "unknown", value, remedy);
  if (!remedy) sqlite3_result_error_nomem(context);
  sqlite3_free(remedy);
  return false;
}

/* NULL is the only way to say all of them: a list of none is a mistake. */
static bool check_choices(sqlite3_context *context, const struct column *column,
                          sqlite3_value *value) {
  static const char between[] = ", ";
  size_t size, word, known = 0;
  const char *text;
  if (sqlite3_value_type(value) == SQLITE_NULL) return true;
  if (sqlite3_value_type(value) != SQLITE_TEXT) {
    return refuse(context, column, "not a text", value, "give names or NULL");
  }
  text = text_of(context, value, &size);
  if (!text) return false;
  for (size_t at = strspn(text, between); at < size; at += strspn(text + at, between)) {
    word = strcspn(text + at, between);
    if (word == 0 || !is_choice(column->choices, text + at, word))
      return refuse_choices(context, column, value);
    at += word;
    known++;
  }
  return known > 0 || refuse_choices(context, column, value);
}

bool check_column(sqlite3_context *context, const struct column *column, sqlite3_value *value) {
  switch (column->rule) {
    case ANY:
      return true;
    case NAME:
    case MAYBE_NAME:
    case MAYBE_TEXT:
      return check_text(context, column, value);
    case ADDRESS:
      return check_address(context, column, value);
    case TIME:
    case MAYBE_TIME:
      return check_time(context, column, value);
    case AMOUNT:
    case MAYBE_AMOUNT:
    case PACKAGE:
      return check_amount(context, column, value);
    case FLAG:
    case RANK:
    case KEY:
      return check_integer(context, column, value);
    case CHOICE:
      return check_choice(context, column, value);
    case CHOICES:
      return check_choices(context, column, value);
  }
  return false;
}
