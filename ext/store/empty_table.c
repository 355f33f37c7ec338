#include "store/empty_table.h"

#include <string.h>

SQLITE_EXTENSION_INIT3

int vtab_make(sqlite3 *db, const char *declaration, size_t size, sqlite3_vtab **table) {
  int rc = sqlite3_declare_vtab(db, declaration);
  sqlite3_vtab *made;
  if (rc != SQLITE_OK) return rc;
  made = sqlite3_malloc64(size);
  if (!made) return SQLITE_NOMEM;
  memset(made, 0, size);
  *table = made;
  return SQLITE_OK;
}

int vtab_free(sqlite3_vtab *table) {
  sqlite3_free(table);
  return SQLITE_OK;
}

int empty_best_index(sqlite3_vtab *table, sqlite3_index_info *info) {
  (void)table;
  info->estimatedCost = 1;
  return SQLITE_OK;
}

int empty_open(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor) {
  (void)table;
  *cursor = sqlite3_malloc(sizeof(**cursor));
  if (!*cursor) return SQLITE_NOMEM;
  memset(*cursor, 0, sizeof(**cursor));
  return SQLITE_OK;
}

int empty_close(sqlite3_vtab_cursor *cursor) {
  sqlite3_free(cursor);
  return SQLITE_OK;
}

int empty_filter(sqlite3_vtab_cursor *cursor, int plan, const char *text, int argc,
                 sqlite3_value **argv) {
  (void)cursor;
  (void)plan;
  (void)text;
  (void)argc;
  (void)argv;
  return SQLITE_OK;
}

int empty_next(sqlite3_vtab_cursor *cursor) {
  (void)cursor;
  return SQLITE_OK;
}

int empty_eof(sqlite3_vtab_cursor *cursor) {
  (void)cursor;
  return 1;
}

int empty_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  (void)cursor;
  (void)column;
  sqlite3_result_null(context);
  return SQLITE_OK;
}

int empty_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid) {
  (void)cursor;
  *rowid = 0;
  return SQLITE_OK;
}
