/*
** Texts of rows and arguments, by length: they may hold any byte.
*/
#ifndef BILLING_TEXT_H
#define BILLING_TEXT_H

#include "sqlite3ext.h"

#include "core/text.h"

extern const sqlite3_api_routines *sqlite3_api;

/*
** Without memory SQLite cannot convert a text of UTF-16. Its size must not be asked for then: that
** converts again, may succeed, and counts bytes that are not here.
*/
static inline struct text text_lost(void) {
  struct text text = {"", 0};
  return text;
}

/* The column of a row; valid until the next step. */
static inline struct text text_of_column(sqlite3_stmt *row, int column) {
  struct text text = {NULL, -1};
  if (sqlite3_column_type(row, column) == SQLITE_NULL) return text;
  text.bytes = (const char *)sqlite3_column_text(row, column);
  if (!text.bytes) return text_lost();
  text.size = sqlite3_column_bytes(row, column);
  return text;
}

/*
** An argument that is a text. Asking for the size converts to UTF-8 where that is needed; asking
** for a blob then gives the bytes as they are, where sqlite3_value_text() would copy them to put a
** NUL behind.
*/
static inline struct text text_of_text(sqlite3_value *value) {
  struct text text = {NULL, sqlite3_value_bytes(value)};
  text.bytes = (const char *)sqlite3_value_blob(value);
  return text.bytes ? text : text_lost();
}

/* An argument; valid while the function runs. */
static inline struct text text_of_value(sqlite3_value *value) {
  struct text text = {NULL, -1};
  int type = sqlite3_value_type(value);
  if (type == SQLITE_TEXT) return text_of_text(value);
  if (type == SQLITE_NULL) return text;
  text.bytes = (const char *)sqlite3_value_text(value);
  if (!text.bytes) return text_lost();
  text.size = sqlite3_value_bytes(value);
  return text;
}

/* A text that a trigger of ours spells out; `otherwise` where the argument is none. */
static inline const char *constant_text(sqlite3_value *value, const char *otherwise) {
  const char *text = NULL;
  if (sqlite3_value_type(value) == SQLITE_TEXT) text = (const char *)sqlite3_value_text(value);
  return text ? text : otherwise;
}

#endif
