#include "facts/column_rule.h"

#include <string.h>

#include "core/instant.h"
#include "core/units.h"
#include "core/utf8.h"
#include "store/error.h"
#include "store/show.h"
#include "store/store.h"
#include "store/text.h"

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

/* The bytes of a text; not NUL-terminated. */
static const char *bytes_of(sqlite3_value *value, size_t *size) {
  struct text text = text_of_text(value);
  *size = (size_t)text.size;
  return text.bytes;
}

/* trim() takes off blanks alone unless it is given what to take off. */
static bool refuse_edge(sqlite3_context *context, const struct column *column, sqlite3_value *value,
                        const char *text, size_t size) {
  char remedy[64];
  uint32_t last = 0, character = 0;
  size_t taken;
  for (size_t i = 0; i < size; i += taken) {
    last = utf8_next(text + i, size - i, &taken);
    if (i == 0) character = last;
  }
  if (!utf8_is_blank(character) && !utf8_is_hidden(character)) character = last;
  const char *advice = "give it through trim()";
  if (character != ' ') advice = "give it through trim(…, char(%u))";
  sqlite3_snprintf((int)sizeof(remedy), remedy, advice, character);
  return refuse(
      context, column,
      utf8_is_blank(character) ? "white space at an end" : "an invisible character at an end",
      value, remedy);
}

static bool refuse_hidden(sqlite3_context *context, const struct column *column,
                          sqlite3_value *value, const char *text, size_t size) {
  char remedy[64];
  sqlite3_snprintf((int)sizeof(remedy), remedy, "take it out, replace(…, char(%u), '') can",
                   name_find_hidden(text, size));
  return refuse(context, column, "has an invisible character", value, remedy);
}

static bool refuse_name(sqlite3_context *context, const struct column *column, sqlite3_value *value,
                        const char *text, size_t size, enum name_fault fault) {
  switch (fault) {
    case NAME_INVALID:
      return refuse(context, column, "not valid UTF-8", value, "give valid UTF-8");
    case NAME_EMPTY:
      return refuse(context, column, size > 0 ? "nothing but white space" : "empty", value,
                    column->rule == NAME ? "give at least one character" : "give NULL for none");
    case NAME_EDGE:
      return refuse_edge(context, column, value, text, size);
    case NAME_CONTROL:
      return refuse(context, column, "has a control character", value,
                    "take it out, replace() can");
    case NAME_HIDDEN:
      return refuse_hidden(context, column, value, text, size);
    case NAME_GOOD:
      break;
  }
  return true;
}

static bool check_text(sqlite3_context *context, const struct column *column,
                       sqlite3_value *value) {
  int type = sqlite3_value_type(value);
  bool optional = column->rule != NAME && column->rule != ADDRESS;
  size_t size;
  if (type == SQLITE_NULL) {
    return optional || refuse(context, column, "missing", value, "give a text");
  }
  if (type != SQLITE_TEXT) {
    return refuse(context, column, "not a text", value,
                  optional ? "give a text or NULL" : "give a text");
  }
  const char *text = bytes_of(value, &size);
  enum name_fault fault = name_check(text, size);
  if (column->rule == MAYBE_TEXT && fault != NAME_INVALID) return true;
  if (column->rule == MAYBE_LABEL && size == 0) return true;
  if (fault != NAME_GOOD) return refuse_name(context, column, value, text, size, fault);
  if (column->role != SOURCE_COLUMN || !name_was_floated(text, size)) return true;
  return refuse(context, column, "an integer that went through floating point", value,
                "load it as a text");
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

static const char wrong_spelling[] = "give UTC as 'YYYY-MM-DD HH:MM:SS', or use utc()";

/*
** What is not in canonical form: taken where nothing is lost, else shown as it should be written.
*/
static bool check_spelling(sqlite3_context *context, const struct column *column,
                           sqlite3_value *value, const char *text, size_t size) {
  static const char *const wrong[] = {NULL, "not a time", "a year, not a time",
                                      "a month, not a time", "a week, not a time"};
  char canonical[INSTANT_TEXT_SIZE], remedy[INSTANT_TEXT_SIZE + 40];
  struct instant instant;
  enum instant_result result = instant_read(text, size, &instant);
  if (result != INSTANT_OK) return refuse(context, column, wrong[result], value, wrong_spelling);
  if (instant_may_be_fact(&instant)) {
    struct store *store = sqlite3_user_data(context);
    store->spelled = true;
    return true;
  }
  instant_format(instant.ms, canonical);
  sqlite3_snprintf((int)sizeof(remedy), remedy, "write '%s', as utc() does", canonical);
  return refuse(context, column,
                instant.date_only ? "a date without a time of day" : "finer than a millisecond",
                value, remedy);
}

static bool check_time(sqlite3_context *context, const struct column *column,
                       sqlite3_value *value) {
  int type = sqlite3_value_type(value);
  size_t size;
  int64_t ms;
  if (type == SQLITE_NULL && column->rule == MAYBE_TIME) return true;
  if (type != SQLITE_TEXT) {
    return refuse(context, column, type == SQLITE_NULL ? "missing" : "not a time", value,
                  wrong_spelling);
  }
  const char *text = bytes_of(value, &size);
  return instant_parse(text, size, &ms) || check_spelling(context, column, value, text, size);
}

static bool is_number(int type) {
  return type == SQLITE_INTEGER || type == SQLITE_FLOAT;
}

static bool refuse_amount(sqlite3_context *context, const struct column *column, const char *wrong,
                          sqlite3_value *value, const char *remedy) {
  complain_of_amount(context, SQLITE_CONSTRAINT, column->name, wrong, value, remedy);
  return false;
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
    return refuse_amount(context, column, "too large", value, remedy);
  }
  return refuse_amount(context, column, number < 0 ? "negative" : "too small", value,
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
    case MAYBE_LABEL:
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

const char *name_fault_words(enum name_fault fault) {
  static const char *const words[] = {
      [NAME_INVALID] = "is not valid UTF-8",
      [NAME_EMPTY] = "is nothing but white space",
      [NAME_EDGE] = "has white space or an invisible character at an end",
      [NAME_CONTROL] = "has a control character",
      [NAME_HIDDEN] = "has an invisible character"};
  return fault == NAME_GOOD ? NULL : words[fault];
}

char *name_fault_text(const struct column *column, sqlite3_value *value) {
  static const char *const remedies[] = {[NAME_INVALID] = "correct it",
                                         [NAME_EMPTY] = "correct it",
                                         [NAME_EDGE] = "correct it, trim() can",
                                         [NAME_CONTROL] = "correct it, replace() can",
                                         [NAME_HIDDEN] = "correct it, replace() can"};
  size_t size;
  bool named = column->rule == NAME || column->rule == MAYBE_NAME || column->rule == MAYBE_LABEL;
  if (!named && column->rule != MAYBE_TEXT) return NULL;
  const char *text = bytes_of(value, &size);
  enum name_fault fault = name_check(text, size);
  if (fault == NAME_GOOD || (!named && fault != NAME_INVALID)) return NULL;
  if (size == 0 && column->rule == MAYBE_LABEL) return NULL;
  sqlite3_str *shown = sqlite3_str_new(NULL);
  show_value(shown, value);
  char *literal = sqlite3_str_finish(shown);
  char *wrong =
      literal ? sqlite3_mprintf("%s, %s, %s", name_fault_words(fault), literal, remedies[fault])
              : NULL;
  sqlite3_free(literal);
  return wrong;
}

/* ---- at a glance, for rows that come by the million ---- */

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Printable ASCII alone; eight bytes at a time: one that is not sets its highest bit. */
static bool is_ascii(const char *text, size_t size) {
  uint64_t word;
  for (; size >= sizeof(word); text += sizeof(word), size -= sizeof(word)) {
    memcpy(&word, text, sizeof(word));
    if ((word | (word + EACH_BYTE(0x01)) | (word - EACH_BYTE(0x20))) & EACH_BYTE(0x80)) {
      return false;
    }
  }
  for (size_t i = 0; i < size; i++) {
    if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] >= 0x7f) return false;
  }
  return true;
}

static bool is_plain_name(const struct column *column, sqlite3_value *value) {
  size_t size;
  const char *text = bytes_of(value, &size);
  if (size == 0) return false;
  bool good = is_ascii(text, size) ? text[0] != ' ' && text[size - 1] != ' '
                                   : name_check(text, size) == NAME_GOOD;
  return good && (column->role != SOURCE_COLUMN || !name_was_floated(text, size));
}

bool column_is_plain(const struct column *column, sqlite3_value *value) {
  int type = sqlite3_value_type(value);
  int64_t ms;
  size_t size;
  switch (column->rule) {
    case MAYBE_NAME:
    case MAYBE_LABEL:
      if (type == SQLITE_NULL) return true;
      return type == SQLITE_TEXT && is_plain_name(column, value);
    case NAME:
      return type == SQLITE_TEXT && is_plain_name(column, value);
    case TIME: {
      if (type != SQLITE_TEXT) return false;
      const char *text = bytes_of(value, &size);
      return instant_parse(text, size, &ms);
    }
    case AMOUNT: {
      double number = is_number(type) ? sqlite3_value_double(value) : -1;
      return number >= 0 && number <= column->limit;
    }
    default:
      return false;
  }
}
