/*
** Query tables: read-only virtual tables whose rows come from cached SELECTs.
**
** A table is a const description: its columns, the run of statements that give its rows, and its
** parameters. Every statement of the run is given
**   ?1  team_id, or NULL for all teams
**   ?2  at, in milliseconds      ?3  at, as text
**   ?4, ?5  the days asked for, as instants [?4, ?5)
** as far as it uses them, and selects the visible columns in their order.
**
** A parameter can be a function argument, which is a hidden column of its own (`p_team`, `p_at`),
** or an equality on the column of the same name. An argument that is NULL counts as omitted; an
** equality with NULL holds for no row. Omitted `at` is now: the one place where the clock is read.
** A table may have one parameter of its own, which its maker reads: query_own().
*/
#ifndef BILLING_QUERY_TABLE_H
#define BILLING_QUERY_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/instant.h"
#include "store/store.h"

/* What a column may be a parameter for: the argument, then the equality. */
enum slot { SLOT_P_TEAM, SLOT_TEAM, SLOT_P_AT, SLOT_AT, SLOT_P_OWN, SLOT_OWN, SLOT_COUNT };

#define NO_COLUMN (-1)

struct query_cursor;

/* For a table that computes its columns: `make` fills `extra` from the current row of `rows`. */
struct query_maker {
  int bytes; /* of `extra`; zeroed when a cursor opens */
  int (*make)(struct query_cursor *cursor);
  int (*column)(struct query_cursor *cursor, sqlite3_context *context, int column);
};

struct query_table {
  const char *name;
  const char *declaration; /* hidden columns come after the visible ones */
  int visible;             /* count of visible columns */
  const char *const *rows; /* the statements, in their order; ended by NULL */
  int slots[SLOT_COUNT];   /* column of each parameter, or NO_COLUMN; the own one: or 0 */
  int day_column;          /* a range on it is handed down as ?4, ?5; or NO_COLUMN */
  int rows_per_team;       /* what the planner is told */
  uint64_t past_columns;   /* bit 1 << column: those that tell of what is over, for the maker */
  const struct query_maker *maker; /* NULL: columns are those of the statement */
};

struct query_vtab {
  sqlite3_vtab base;
  struct store *store;
  const struct query_table *table;
};

struct query_cursor {
  sqlite3_vtab_cursor base;
  sqlite3_stmt *rows;         /* borrowed while the cursor stands on a row */
  const char *const *running; /* the statement of `rows` */
  int64_t rowid;
  sqlite3_value *given[SLOT_COUNT]; /* own copies; NULL: not given */
  const sqlite3_value *team;        /* one of them, or NULL: all teams */
  int64_t at_ms;
  char at[INSTANT_TEXT_SIZE];
  int64_t from_ms, to_ms; /* days asked for */
  bool past;              /* one of past_columns is read */
  void *extra;            /* the maker's */
};

/* The one module of all query tables. Which of them is connected tells its name: argv[0]. */
extern const sqlite3_module query_table_module;

struct store *query_store(const struct query_cursor *cursor);

/* The parameter of the table's own; NULL when it is omitted. */
sqlite3_value *query_own(const struct query_cursor *cursor);

#endif
