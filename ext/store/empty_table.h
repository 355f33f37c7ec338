/*
** Virtual tables that are written to, or only there: what SQLite wants of every table. A table is a
** struct that begins with sqlite3_vtab; one without rows takes the cursor of here as well.
*/
#ifndef BILLING_EMPTY_TABLE_H
#define BILLING_EMPTY_TABLE_H

#include <stddef.h>

#include "sqlite3ext.h"

/*
** Declares the columns and makes a table of `size` bytes, zeroed, in *table, which
** vtab_free() takes; on an error returns its code and leaves *table alone.
*/
int vtab_make(sqlite3 *db, const char *declaration, size_t size, sqlite3_vtab **table);
int vtab_free(sqlite3_vtab *table);

/* The methods of a module whose tables have no rows. */
#define EMPTY_TABLE_METHODS                                                                 \
  .xBestIndex = empty_best_index, .xOpen = empty_open, .xClose = empty_close,               \
  .xFilter = empty_filter, .xNext = empty_next, .xEof = empty_eof, .xColumn = empty_column, \
  .xRowid = empty_rowid

int empty_best_index(sqlite3_vtab *table, sqlite3_index_info *info);
int empty_open(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor);
int empty_close(sqlite3_vtab_cursor *cursor);
int empty_filter(sqlite3_vtab_cursor *cursor, int plan, const char *text, int argc,
                 sqlite3_value **argv);
int empty_next(sqlite3_vtab_cursor *cursor);
int empty_eof(sqlite3_vtab_cursor *cursor);
int empty_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column);
int empty_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid);

#endif
