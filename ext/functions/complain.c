#include "functions/complain.h"

#include <stdbool.h>
#include <stddef.h>

SQLITE_EXTENSION_INIT3

#define SHOWN_BYTES 40

static bool is_utf8_tail(char byte) {
  return ((unsigned char)byte & 0xC0) == 0x80;
}

static bool is_control(char byte) {
  return (unsigned char)byte < ' ' || byte == 0x7F;
}

/* A quoted text, cut between characters. */
static void append_text(sqlite3_str *out, const char *text, int size) {
  int shown = size <= SHOWN_BYTES ? size : SHOWN_BYTES;
  while (shown > 0 && shown < size && is_utf8_tail(text[shown])) shown--;
  sqlite3_str_appendchar(out, 1, '\'');
  for (int i = 0; i < shown; i++) {
    if (text[i] == '\'') sqlite3_str_appendchar(out, 1, '\'');
    if (is_control(text[i])) {
      sqlite3_str_appendchar(out, 1, '?');
    } else {
      sqlite3_str_appendchar(out, 1, text[i]);
    }
  }
  sqlite3_str_appendall(out, shown < size ? "…'" : "'");
}

/* A real as short as it reads back: 0.1 and not 0.10000000000000001. */
static void append_real(sqlite3_str *out, double value) {
  if (value - value != 0) {
    sqlite3_str_appendall(out, value > 0 ? "infinity" : "-infinity");
  } else {
    sqlite3_str_appendf(out, "%!.15g", value);
  }
}

static void append_value(sqlite3_str *out, sqlite3_value *value) {
  switch (sqlite3_value_type(value)) {
    case SQLITE_NULL:
      sqlite3_str_appendall(out, "NULL");
      break;
    case SQLITE_INTEGER:
      sqlite3_str_appendf(out, "%lld", sqlite3_value_int64(value));
      break;
    case SQLITE_FLOAT:
      append_real(out, sqlite3_value_double(value));
      break;
    case SQLITE_TEXT: {
      const char *text = (const char *)sqlite3_value_text(value);
      if (text) append_text(out, text, sqlite3_value_bytes(value));
      break;
    }
    default:
      sqlite3_str_appendf(out, "a blob of %d bytes", sqlite3_value_bytes(value));
  }
}

void complain(sqlite3_context *context, int code, const char *name, const char *wrong,
              sqlite3_value *value, const char *remedy) {
  sqlite3_str *out = sqlite3_str_new(sqlite3_context_db_handle(context));
  sqlite3_str_appendf(out, "%s: %s, ", name, wrong);
  append_value(out, value);
  sqlite3_str_appendf(out, ", %s", remedy);
  char *message = sqlite3_str_finish(out);
  if (!message) {
    sqlite3_result_error_nomem(context);
    return;
  }
  sqlite3_result_error(context, message, -1);
  sqlite3_result_error_code(context, code); /* after the text: that call sets a code of its own */
  sqlite3_free(message);
}
