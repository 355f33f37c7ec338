/*
** Result tables: read-only virtual tables whose rows are computed, batch by batch, and kept in memory
** while they are read.
**
** A table has one parameter. It can be a function argument, which is a hidden column of its own, or an
** equality on the visible column of the same name. An argument that is NULL counts as omitted; an
** equality with NULL holds for no row. Where both are given, the equality filters what the argument
** gives.
*/
#ifndef BILLING_RESULT_TABLE_H
#define BILLING_RESULT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

struct result_cursor;

struct result_table {
  const char *name;
  const char *declaration; /* the argument's hidden column comes after the visible ones */
  int visible;             /* count of visible columns, and the argument's column */
  int parameter;           /* the visible column that is the parameter */
  int row_bytes;
  int rows_expected; /* what the planner is told, with the parameter given */
  /*
  ** Appends the next batch of rows with result_add(); no row: there are no more. Fails with an SQLite
  ** code, and a text in vtab->zErrMsg where it has more to say.
  */
  int (*fill)(struct result_cursor *cursor);
  int (*column)(struct result_cursor *cursor, sqlite3_context *context, int column);
  void (*drop)(void *row); /* frees what a row owns; may be NULL */
};

struct result_vtab {
  sqlite3_vtab base;
  struct store *store;
  const struct result_table *table;
};

struct result_cursor {
  sqlite3_vtab_cursor base;
  struct store *store;
  sqlite3_value *argument, *equal; /* own copies; NULL: not given */
  sqlite3_value *given;            /* one of them, or NULL: omitted */
  int batch;                       /* counts calls of fill(), from 1 */
  sqlite3_stmt *keys;              /* fill() may keep one borrowed statement here … */
  const char *keys_id;             /* … which is given back when the cursor is done */
  char *rows;
  int count, room, row;
  int64_t rowid;
};

/* A new row, zeroed; NULL with *rc set when there is no memory. */
void *result_add(struct result_cursor *cursor, int *rc);

/* The row that the cursor stands on. */
const void *result_row(const struct result_cursor *cursor);

/* Notes an error's text for the statement that reads the table; takes `message`. Returns rc. */
int result_fail(struct result_cursor *cursor, int rc, char *message);

/* Registers them all; the store is what they share. */
int result_tables_register(sqlite3 *db, struct store *store);

#endif
