#include "store/show.h"

#include <stdbool.h>

#include "core/instant.h"
#include "core/units.h"
#include "core/utf8.h"

SQLITE_EXTENSION_INIT3

#define SHOWN_BYTES 40

static bool is_utf8_tail(char byte) {
  return ((unsigned char)byte & 0xC0) == 0x80;
}

/* What the eye does not see is written as in C. */
static void show_character(sqlite3_str *out, uint32_t character, const char *bytes, size_t size) {
  static const char short_name[] = {['\t'] = 't', ['\n'] = 'n', ['\r'] = 'r'};
  bool hidden = utf8_is_control(character) || utf8_is_hidden(character) ||
                (utf8_is_blank(character) && character != ' ');
  if (character < sizeof(short_name) && short_name[character]) {
    sqlite3_str_appendf(out, "\\%c", short_name[character]);
  } else if (character == UTF8_INVALID || (hidden && character < 0x80)) {
    sqlite3_str_appendf(out, "\\x%02x", (unsigned char)bytes[0]);
  } else if (hidden) {
    sqlite3_str_appendf(out, character > 0xFFFF ? "\\U%08x" : "\\u%04x", character);
  } else {
    if (character == '\'' || character == '\\') sqlite3_str_append(out, bytes, 1);
    sqlite3_str_append(out, bytes, (int)size);
  }
}

/* A quoted text, cut between characters. */
static void show_text(sqlite3_str *out, const char *text, int size) {
  int shown = size <= SHOWN_BYTES ? size : SHOWN_BYTES;
  while (shown > SHOWN_BYTES - 4 && shown < size && is_utf8_tail(text[shown])) shown--;
  size_t taken;
  sqlite3_str_appendchar(out, 1, '\'');
  for (int i = 0; i < shown; i += (int)taken) {
    uint32_t character = utf8_next(text + i, (size_t)(shown - i), &taken);
    show_character(out, character, text + i, taken);
  }
  sqlite3_str_appendall(out, shown < size ? "…'" : "'");
}

void show_escaped(sqlite3_str *out, const char *text, size_t size) {
  size_t taken;
  for (size_t i = 0; i < size; i += taken) {
    uint32_t character = utf8_next(text + i, size - i, &taken);
    if (character == '\'' || character == '\\') {
      sqlite3_str_append(out, text + i, 1);
    } else {
      show_character(out, character, text + i, taken);
    }
  }
}

/* A real as short as it reads back, and seen as one: 0.1, 2.0. */
static void show_real(sqlite3_str *out, double value) {
  if (value - value != 0) {
    sqlite3_str_appendall(out, value > 0 ? "infinity" : "-infinity");
  } else {
    sqlite3_str_appendf(out, "%!.15g", value);
  }
}

void show_value(sqlite3_str *out, sqlite3_value *value) {
  const char *text;
  switch (sqlite3_value_type(value)) {
    case SQLITE_NULL:
      sqlite3_str_appendall(out, "NULL");
      break;
    case SQLITE_INTEGER:
      sqlite3_str_appendf(out, "%lld", sqlite3_value_int64(value));
      break;
    case SQLITE_FLOAT:
      show_real(out, sqlite3_value_double(value));
      break;
    case SQLITE_TEXT:
      text = (const char *)sqlite3_value_text(value);
      if (text) show_text(out, text, sqlite3_value_bytes(value));
      break;
    default:
      sqlite3_str_appendf(out, "a blob of %d bytes", sqlite3_value_bytes(value));
  }
}

/*
** Without a copy as a value: that has no connection, so a text of UTF-16 that cannot be converted
** would be left out silently. A column informs its statement, whose reset fails.
*/
void show_column(sqlite3_str *out, sqlite3_stmt *row, int column) {
  const char *text;
  switch (sqlite3_column_type(row, column)) {
    case SQLITE_NULL:
      sqlite3_str_appendall(out, "NULL");
      break;
    case SQLITE_INTEGER:
      sqlite3_str_appendf(out, "%lld", sqlite3_column_int64(row, column));
      break;
    case SQLITE_FLOAT:
      show_real(out, sqlite3_column_double(row, column));
      break;
    case SQLITE_TEXT:
      text = (const char *)sqlite3_column_text(row, column);
      if (text) show_text(out, text, sqlite3_column_bytes(row, column));
      break;
    default:
      sqlite3_str_appendf(out, "a blob of %d bytes", sqlite3_column_bytes(row, column));
  }
}

void show_amount(sqlite3_str *out, sqlite3_value *value) {
  double number = sqlite3_value_double(value);
  bool real = sqlite3_value_type(value) == SQLITE_FLOAT;
  if (real && number - number == 0) {
    show_number(out, number);
  } else {
    show_value(out, value);
  }
}

void show_number(sqlite3_str *out, double value) {
  sqlite3_str_appendf(out, "%.15g", value);
}

void show_tokens(sqlite3_str *out, int64_t units) {
  show_number(out, units_to_tokens(units));
  sqlite3_str_appendall(out, units == UNITS_PER_TOKEN ? " token" : " tokens");
}

void show_time(sqlite3_str *out, int64_t ms) {
  char text[INSTANT_TEXT_SIZE];
  instant_format(ms, text);
  sqlite3_str_appendall(out, text);
}
