/*
** The cursor of a virtual table without rows: the methods that SQLite wants of every table.
*/
#ifndef BILLING_EMPTY_TABLE_H
#define BILLING_EMPTY_TABLE_H

#include "sqlite3ext.h"

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
