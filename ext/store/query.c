#include "store/query.h"

#include <stdarg.h>

#include "store/text.h"

SQLITE_EXTENSION_INIT3

static int bind_next(sqlite3_stmt *statement, int parameter, char letter, va_list *arguments) {
  struct text text;
  switch (letter) {
    case 'i':
      return sqlite3_bind_int64(statement, parameter, va_arg(*arguments, int64_t));
    case 't':
      text = va_arg(*arguments, struct text);
      if (text.size < 0) return sqlite3_bind_null(statement, parameter);
      return sqlite3_bind_text(statement, parameter, text.bytes, text.size, SQLITE_STATIC);
    case 'v':
      return sqlite3_bind_value(statement, parameter, va_arg(*arguments, sqlite3_value *));
    case 'z':
      return sqlite3_bind_text(statement, parameter, va_arg(*arguments, const char *), -1,
                               SQLITE_STATIC);
    default:
      return SQLITE_MISUSE;
  }
}

static sqlite3_stmt *open_with(struct store *store, const char *sql, int *rc, const char *format,
                               va_list *arguments) {
  sqlite3_stmt *statement = store_take(store, sql, rc);
  for (int i = 0; statement && format[i] && *rc == SQLITE_OK; i++) {
    *rc = bind_next(statement, i + 1, format[i], arguments);
  }
  if (*rc == SQLITE_OK) return statement;
  store_put(store, sql, statement, rc);
  return NULL;
}

sqlite3_stmt *query_open(struct store *store, const char *sql, int *rc, const char *format, ...) {
  va_list arguments;
  sqlite3_stmt *statement;
  va_start(arguments, format);
  statement = open_with(store, sql, rc, format, &arguments);
  va_end(arguments);
  return statement;
}

void query_run(struct store *store, const char *sql, int *rc, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  store_run(store, sql, open_with(store, sql, rc, format, &arguments), rc);
  va_end(arguments);
}

int64_t query_number(struct store *store, const char *sql, int64_t otherwise, int *rc,
                     const char *format, ...) {
  va_list arguments;
  sqlite3_stmt *row;
  int64_t number = otherwise;
  va_start(arguments, format);
  row = open_with(store, sql, rc, format, &arguments);
  if (store_row(row, rc) && sqlite3_column_type(row, 0) != SQLITE_NULL) {
    number = sqlite3_column_int64(row, 0);
  }
  store_put(store, sql, row, rc);
  va_end(arguments);
  return number;
}
