/*
** Fault tests: what a failed allocation, an interrupt, a failed read or write of the disk, a killed
** process or a loss of power leaves behind. Never a wrong ledger: after the fault the database
** settles to what one has that never failed, it is whole, billing_check has no error, and its
** connection closes at once.
*/
#ifndef BILLING_FAULT_H
#define BILLING_FAULT_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
  const char *extension; /* file, without its suffix */
  const char *folder;    /* for database files */
  const char *only;      /* run the tests whose name begins so; NULL: all */
  long faults;           /* of each test at most so many, spread evenly; 0: all there are */
  long at;               /* this fault alone; 0: see above */
  long kills;            /* of a process for each kind of journal, and as many losses of power */
  unsigned seed;         /* of the moments of killing */
};

/* ---- report.c: one line for each test, the first failures of it in full ---- */

bool test_begin(const struct options *options, const char *name); /* false: not asked for */
void test_fault(long at); /* what complaints speak of, from here on */
void test_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void test_end(const char *format, ...) __attribute__((format(printf, 1, 2)));
int report_end(void); /* prints the sums; the exit status */

/* For what has to work before a test means anything. */
void stop(const char *what, const char *why) __attribute__((noreturn));

/* ---- text.c: memory of the C library, for SQLite's fails ---- */

struct text {
  char *bytes; /* NULL: nothing yet */
  size_t size, room;
};

void text_add(struct text *text, const char *bytes);
void text_free(struct text *text);
bool text_same(const struct text *a, const struct text *b);
/* Complains of the first line in which they differ. */
void text_tell_difference(const char *what, const struct text *wanted, const struct text *found);

/* ---- database.c ---- */

struct image { /* a whole database file */
  unsigned char *bytes;
  int64_t size;
};

int run_sql(sqlite3 *db, const char *sql,
            struct text *said); /* said may be NULL; stops at an error */
void must_run(sqlite3 *db, const char *sql);
int load_extension(sqlite3 *db, const struct options *options);
sqlite3 *open_memory(void); /* without the extension */
void image_take(sqlite3 *db, struct image *image);
void image_put(sqlite3 *db, const struct image *image); /* into main of a connection in memory */
void image_write(const struct image *image, const char *path);
void image_free(struct image *image);
void remove_database(const char *path); /* with its journals */

/* Every derived table and the facts, row by row. */
void read_ledger(sqlite3 *db, struct text *ledger);

/*
** Settles, and complains unless all invariants hold and the ledger is `wanted`; NULL: any ledger.
*/
void check_database(sqlite3 *db, const struct text *wanted);
void check_closes(sqlite3 *db);

/* ---- story.c: facts of all kinds, and what happens to them ---- */

extern const char story_plain[]; /* facts whose usage settles one by one */
extern const char story_full[];  /* adds closes, tiers, limited kinds */

#define STORY_STEPS 17

/* A statement or a transaction each. A step may be repeated until the next one is done. */
extern const char *const story_steps[STORY_STEPS];

/* ---- steps.c: the story in a file ---- */

void story_begin(const struct options *options, struct image *image); /* both kinds of facts */

/* ledgers[i]: what the story settles to after i steps */
void story_rehearse(const struct options *options, const struct image *image, struct text *ledgers);
sqlite3 *story_open(const struct options *options, const char *path, bool wal);
int run_step(sqlite3 *db, const char *sql); /* no transaction is open after it */

/* ---- memory.c ---- */

void memory_install(void); /* before SQLite is initialised */

/* Fail the allocation number `at` from here, and if `lasting` all that follow; 0: only count. */
void memory_arm(long at, bool lasting);
long memory_disarm(void); /* how many were asked for */
long memory_failed(void); /* and how many of them failed */

/* ---- interrupt.c: likewise for the steps of a connection's statements ---- */

void interrupt_arm(sqlite3 *db, long at);
long interrupt_disarm(sqlite3 *db);

/* ---- test_calls.c ---- */

void test_calls(const struct options *options);

/* ---- layer.c: a layer over the default VFS, and a hook that sees its calls first ---- */

enum layer_call { LAYER_OPEN, LAYER_READ, LAYER_WRITE, LAYER_TRUNCATE, LAYER_SYNC, LAYER_DELETE };

struct layer_event {
  enum layer_call call;
  const char *name;   /* NULL: a temporary file */
  sqlite3_file *real; /* of the default VFS; NULL when a file is opened or deleted */
  const void *bytes;  /* of a write */
  int count;          /* bytes; the flags of an open; of a delete: whether its folder is synced */
  int64_t offset;     /* the new size of a truncate */
};

/* SQLITE_OK: the call is passed on; else it is the answer. */
typedef int layer_hook(const struct layer_event *event);

void layer_install(void);
void layer_call_first(layer_hook *hook); /* NULL: none */

/* ---- disk.c: likewise for calls that read or write files ---- */

void disk_arm(long at, bool lasting);
long disk_disarm(void);
long disk_failed(void);

void test_disk(const struct options *options);

/* ---- power.c: a disk that keeps only what was synced ---- */

#define POWER_LOST 7 /* the status with which the process ends */

/*
** At the call number `at` that changes the database `path` the process ends, and its files are what
** a loss of power may leave of them; 0: never.
*/
void power_arm(const char *path, long at, unsigned seed);
long power_disarm(void); /* how many calls there were */

/* ---- test_break.c: processes that are killed, and machines that lose their power ---- */

void test_break(const struct options *options);

/* ---- */

/* The next fault to try after `at`, of `total`; more than total: no more. */
long next_fault(const struct options *options, long at, long total);

#endif
