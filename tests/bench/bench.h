/*
** The benchmark: every figure is the time of the product's work over that of a floor, a piece of
** bare SQLite work, both done by turns in the same run.
*/
#ifndef BILLING_BENCH_H
#define BILLING_BENCH_H

#define _XOPEN_SOURCE 700 /* files and clocks */

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SMALL_ROWS 100000 /* the size that a larger one is compared with */
#define TEAMS 1000
#define APPS 10000

struct bench {
  int64_t rows;          /* usage rows of the database under test */
  int rounds;            /* at least 5; 1 when a single side is looked at */
  const char *folder;    /* where databases are made and kept */
  const char *extension; /* file, without its suffix */
  const char *empty;     /* an extension that does nothing */
  const char *version;   /* of the product: what git calls it */
  const char *figures;   /* those to run, such as "1,2"; NULL: all */
  const char *only;      /* a side's name: run that side alone, for instruction counts */
};

/* ---- database.c: everything stops the program on failure ---- */

void stop(const char *what, const char *why);
sqlite3 *open_file(
    const char *path); /* WAL, synchronous NORMAL, CACHE_MIB of cache; no extension */
sqlite3 *open_billing(const struct bench *bench, const char *path);
void close_file(sqlite3 *db);
void load(sqlite3 *db, const char *extension);
void run_sql(sqlite3 *db, const char *sql);
void run_format(sqlite3 *db, const char *format, ...);
int64_t ask_int(sqlite3 *db, const char *sql);
char *ask_text(sqlite3 *db, const char *sql); /* sqlite3_free() it */
sqlite3_stmt *prepare(sqlite3 *db, const char *sql);
void step_all(sqlite3_stmt *statement);           /* to its end, then reset */
void remove_file(const char *path);               /* with its -wal and -shm */
void copy_file(const char *from, const char *to); /* and have it on disk: nothing left to write */
char *path_of(const struct bench *bench, const char *format,
              ...); /* in the folder; sqlite3_free() */

#define CACHE_MIB 64

/* ---- generate.c: the data; a row depends on nothing but its number and the size ---- */

struct usage_row {
  char client_id[16], occurred_at[24], user_id[16];
  const char *api, *sku, *outcome;
  double quantity;
};

#define INSERT_USAGE                                                                \
  "INSERT INTO usage(client_id, api, sku, quantity, occurred_at, outcome, user_id)" \
  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"

uint64_t mix(uint64_t number);                    /* a hash: our source of chance */
void instant_text(int64_t second, char text[24]); /* seconds since 1970 */
void usage_row(int64_t number, int64_t rows, struct usage_row *row);
void on_time(int64_t number, int64_t rows, struct usage_row *row); /* never out of order */
void insert_usage(sqlite3_stmt *insert, const struct usage_row *row);
int64_t first_second(void);
int64_t last_second(void);

/*
** Paths of the generated database, all pending, and of the same after settle(); made when missing.
*/
char *pending_file(const struct bench *bench, int64_t rows);
char *settled_file(const struct bench *bench, int64_t rows);

/*
** Buy for every team so many days before the end of the data: all that is owed then is paid, and
** what follows can be.
*/
#define TOP_UP_DAYS 3
void top_up(sqlite3 *db);
char *median_team(sqlite3 *db); /* the team of median size; sqlite3_free() it */

/* ---- floor.c: the table floor_entry, like ledger_entry; texts are to sqlite3_free() ---- */

void floor_same(sqlite3 *db);
void floor_bare(sqlite3 *db);
char *floor_names(sqlite3 *db); /* of its columns */
/* What to insert for a row of usage: `row` is '' or 'NEW.', `lot` the expression for lot_id. */
char *floor_values(sqlite3 *db, const char *row, const char *lot);

/* ---- timing.c ---- */

#define MAX_ROUNDS 64

/* What is timed against others: run() does `count` pieces of work; the rest is not timed. */
struct side {
  const char *name;
  void *context;
  void (*prepare)(void *context);
  void (*run)(void *context);
  void (*finish)(void *context);
  int64_t count;
  double nanoseconds[MAX_ROUNDS]; /* of a piece of work */
};

/* Times the sides by turns and prints a line on stderr for each. */
void compare(const struct bench *bench, struct side *sides, int count);
bool plays(const struct bench *bench, const char *name); /* false: another side is run alone */
double median_of(const double *values, int count);
double time_of(const struct bench *bench, const struct side *side); /* median, ns a piece */
double now_ns(void);

/* ---- report.c: the Markdown table ---- */

struct result {
  const char *figure, *work, *floor;
  double time_ns, floor_ns;      /* of a piece of work; 0: no time */
  double ratio, least, greatest; /* over the rounds */
  const char *target;
  bool reached;
};

void report_begin(const struct bench *bench);
/*
** `most`: the ratio that must not be exceeded; negative: that must be reached the other way round.
*/
void report_ratio(const struct bench *bench, const char *figure, const char *work,
                  const char *floor, const struct side *side, const struct side *base, double most);
void report_value(const char *figure, const char *work, const char *what, double value,
                  const char *unit, double most);
void report_note(const char *format, ...);
void report_end(void);

/* ---- the figures, by their number ---- */

void figure_settle(const struct bench *bench);  /* 1, 4, 9 */
void figure_insert(const struct bench *bench);  /* 2, 3 */
void figure_late(const struct bench *bench);    /* 5 */
void figure_balance(const struct bench *bench); /* 6 */
void figure_rate(const struct bench *bench);    /* 7 */
void figure_daily(const struct bench *bench);   /* 8 */
void figure_load(const struct bench *bench);    /* 10 */
void figure_ahead(const struct bench *bench);   /* 11 */

#endif
