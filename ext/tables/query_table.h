/*
** Query tables: the one kind of reading table, a read-only virtual table.
**
** A table is a const description: its columns, and where its rows come from: a run of statements,
** or batches that are computed (query_batches). Every statement of the run is given
**   ?1  team_id, or NULL for all teams
**   ?2  at, in milliseconds      ?3  at, as text
**   ?4, ?5  where the table has spans: what constraints on times leave, as instants [?4, ?5)
**   ?6  usage_id, or NULL for all usage
**   ?7  1 when one of dear_columns is read
**   ?11 to ?17  what constraints on columns narrow, see tables/narrow.h
** and one of a page (tables/page.h) that names a period: as instants [?4, ?5) when it is, and
**   ?8  step      ?9  offset of the zone, in milliseconds      ?10  1: buckets without usage as
**     well
** as far as it uses them, and selects the visible columns in their order.
**
** A parameter can be a function argument, which is a hidden column of its own (`p_team`, `p_at`),
** or an equality on the column of the same name (`team_id`, `at`); the names say which is which.
** An argument that is NULL counts as omitted; an equality with NULL holds for no row. Omitted `at`
** is now: the one place where the clock is read. What an argument says is cut off to the
** millisecond, what a constraint says is compared exactly.
**
** Columns of type TIMESTAMP and DATE compare as instants, see tables/time_column.h.
*/
#ifndef BILLING_QUERY_TABLE_H
#define BILLING_QUERY_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/bucket.h"
#include "core/instant.h"
#include "store/store.h"

#define BIT(n) (UINT64_C(1) << (n))

enum parameter {
  PARAM_TEAM,
  PARAM_AT,
  PARAM_DAYS,
  PARAM_USAGE,
  PARAM_NAME,
  PARAM_SINCE, /* from here on, those of pages: see tables/page.h */
  PARAM_UNTIL,
  PARAM_STEP,
  PARAM_ZONE,
  PARAM_ZERO,
  PARAM_MONTH,
  PARAM_PUBLISHED,
  PARAM_COUNT
};

#define NO_COLUMN (-1)

/*
** In a list of statements: the next one is a question, and where its answer is 0 those up to the
** end are passed over. They would find nothing.
*/
extern const char query_guard[], query_guard_end[];

/* As such a question: bit `number` of what the table's own function `ask` answers. */
#define QUERY_ASK(number) (query_asks + (number))
#define QUERY_ASKS 8
extern const char query_asks[QUERY_ASKS];

/* Columns whose value narrows what the statements read; SQLite compares them all the same. */
enum filter { FILTER_USAGE, FILTER_CLIENT, FILTER_LOT, FILTER_COUNT };

/*
** How constraints on a column of times narrow [?4, ?5): to whole days, to instants, or only from
** below.
*/
enum span_kind { SPAN_NONE, SPAN_DAYS, SPAN_INSTANTS, SPAN_FROM };
struct query_span {
  enum span_kind kind;
  int column;
};
#define MAX_SPANS 2

struct query_cursor;

/* For a table that computes its columns: `make` fills `extra` from the current row of `rows`. */
struct query_maker {
  int bytes; /* of `extra`; zeroed when a cursor opens */
  int (*make)(struct query_cursor *cursor);
  int (*column)(struct query_cursor *cursor, sqlite3_context *context, int column);
  void (*key)(const struct query_cursor *cursor, sqlite3_str *key); /* more of it, or NULL */
};

/* For a table whose rows are computed, batch by batch, and kept in memory while they are read. */
struct query_batches {
  int row_bytes;
  /*
  ** Appends the next batch of rows with result_add(); no row: there are no more. Fails with an
  ** SQLite code, and a text in vtab->zErrMsg where it has more to say.
  */
  int (*fill)(struct query_cursor *cursor);
  int (*column)(struct query_cursor *cursor, sqlite3_context *context, int column);
  void (*key)(const void *row, sqlite3_str *key);
  void (*drop)(void *row); /* frees what a row owns; may be NULL */
};

struct query_table {
  const char *name;
  const char *columns;             /* as in CREATE TABLE; the arguments, hidden, come last */
  const char *const *rows;         /* the statements, in their order; ended by NULL */
  const char *const *rows_of_team; /* in place of them where a team is given; or NULL */
  /*
  ** BIT(column) of the statement's columns that identify a row among all of the same parameters.
  ** 0: the table has no parameter, and a row is known by its place.
  */
  uint64_t key;
  uint64_t argument_only; /* BIT(parameter): the column of that name is none */
  uint64_t equality_only; /* BIT(parameter): there is no such argument, but the column is one */
  bool
      /* the first rows name what is lost, and end when a statement fails for it */
      ends_when_broken;
  int (*ask)(struct store *store, int *rc); /* see QUERY_ASK; asked once a scan */
  int rows_per_team;     /* what the planner gets; of a table by usage: rows per usage */
  uint64_t past_columns; /* BIT(column): those that describe what is over, for the maker */
  uint64_t dear_columns; /* BIT(column): ?7 is 1 when one of them is read */
  uint64_t filters;      /* BIT(filter): the column of that name is one */
  struct query_span spans[MAX_SPANS];
  const struct query_maker *maker;     /* NULL: columns are those of the statement */
  const struct query_batches *batches; /* NULL: rows are those of the statements */
};

/* What the columns of a table are for. */
struct query_shape {
  int visible, count;        /* visible columns; all, but for the key, which comes last */
  int argument[PARAM_COUNT]; /* the hidden column, or NO_COLUMN */
  int column[PARAM_COUNT];   /* the one whose equality is the parameter, or NO_COLUMN */
  int filter[FILTER_COUNT];  /* the column, or NO_COLUMN */
  uint64_t times;            /* BIT(column): TIMESTAMP or DATE */
};

#define MAX_ASKED 32

/* The constraints that the last call of xBestIndex showed. It affects cost, never meaning. */
struct asked_plan {
  sqlite3_uint64 columns_used;
  int count;
  struct {
    int column, op;
  } constraints[MAX_ASKED];
};

struct query_vtab {
  sqlite3_vtab base;
  struct store *store;
  const struct query_table *table;
  struct query_shape shape;
  struct asked_plan asked;
};

struct query_batch {
  int number;          /* counts calls of fill(), from 1 */
  sqlite3_stmt *keys;  /* fill() may keep one borrowed statement here … */
  const char *keys_id; /* … which is given back when the cursor is done */
  char *rows;
  int count, room, row;
};

/* What the parameters of a page say. */
struct query_page {
  int64_t since_ms, until_ms;
  int64_t as_of_ms; /* at_ms, or what was published by then */
  enum step step;
  int64_t offset_ms; /* of the zone */
  int zero, published;
  char month[8];
  bool until_is_now;
};

/* A constraint on a column of times, compared with each row of a statement. */
struct query_test {
  int column;
  char letter; /* see query_plan.h */
  bool is_null;
  struct instant time;
};

#define MAX_TESTS 8

/* What constraints on columns leave to read: see tables/narrow.h. */
struct query_narrow {
  int64_t usage_from, usage_to, lot_from, lot_to; /* both ends included */
  sqlite3_value *client;                          /* a text, or NULL */
  bool placed;                                    /* from_ms is where the only usage stands */
  sqlite3_value *team;                            /* of the only wallet; NULL: any */
};

struct query_cursor {
  sqlite3_vtab_cursor base;
  sqlite3_stmt *rows;         /* borrowed while the cursor stands on a row */
  const char *const *running; /* the statement of `rows` */
  struct query_batch batch;
  bool asked;                           /* what the table's `ask` answers … */
  int answer;                           /* … is this */
  int64_t ordinal;                      /* of the row in this scan */
  sqlite3_value *argument[PARAM_COUNT]; /* own copies; NULL: not given */
  sqlite3_value *equality[PARAM_COUNT];
  int64_t now_ms;    /* the clock as this cursor reads it; 0: not yet */
  bool is_now;       /* at_ms is */
  bool read_at_last; /* of its columns, `at` was the last one that SQLite asked for */
  bool compared;     /* `at` was, with another instant, though it is omitted */
  int64_t at_ms;
  char at[INSTANT_TEXT_SIZE];
  int64_t from_ms, to_ms; /* see spans */
  struct query_narrow narrow;
  struct query_page page;
  struct query_test tests[MAX_TESTS];
  int test_count;
  bool past, dear; /* one of past_columns, of dear_columns, is read */
  bool skip;       /* the maker: the row is none */
  void *extra;     /* the maker's */
};

/* The one module of all reading tables. Its name, argv[0], says which of them is connected. */
extern const sqlite3_module query_table_module;

struct store *query_store(const struct query_cursor *cursor);

/* What a parameter was given as: the argument, else the equality; NULL when it is omitted. */
sqlite3_value *query_given(const struct query_cursor *cursor, enum parameter parameter);

/* Notes an error's text for the statement that reads the table; takes `message`. Returns rc. */
int query_fail(struct query_cursor *cursor, int rc, char *message);

/*
** Gives a value that was read. A text that is no UTF-8 is escaped: some clients fail on such a
** row.
*/
int query_result(struct query_cursor *cursor, sqlite3_context *context, sqlite3_value *value);

/* The same for a text of a row of one's own; NULL gives NULL. */
int query_result_text(sqlite3_context *context, const char *text);

/* A new row of the batch, zeroed; NULL with *rc set when there is no memory. */
void *result_add(struct query_cursor *cursor, int *rc);

/* The row of the batch that the cursor stands on. */
const void *result_row(const struct query_cursor *cursor);

#endif
