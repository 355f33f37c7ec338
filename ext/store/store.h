/*
** The store: one per connection. It owns every cached statement and the cached catalogue.
**
** Statements are finalised when the connection closes, by the xDisconnect of a tiny eponymous
** virtual table (`billing_store`): destructors of functions run too late, and a statement that is
** still alive then makes sqlite3_close() fail.
*/
#ifndef BILLING_STORE_H
#define BILLING_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sqlite3ext.h"
#include "store/map.h"

#define SCHEMA_VERSION 5

/* What a room above keeps for the connection; `drop` frees it when the connection closes. */
struct kept {
  void *memory; /* NULL: nothing is kept */
  void (*drop)(void *memory);
};

enum kept_id {
  KEPT_CATALOGUE,
  KEPT_CLOSED_CATALOGUE,
  KEPT_GROUPS,
  KEPT_OMITTED,
  KEPT_TAKEN,
  KEPT_COUNT
};

struct wallet_list {
  int64_t *wallet_ids; /* sqlite3_free() */
  int count, room;
};

/*
** Between the trigger before an insert of usage and the one after it SQLite runs the user's own
** triggers, which may change, delete or settle the row. See settle/arrival.c.
*/
enum arriving {
  ARRIVING_NONE,
  ARRIVING_ONE,   /* nothing has happened to usage since */
  ARRIVING_UNSURE /* it may be another row by now, or be settled */
};

struct store {
  sqlite3 *db;
  struct map statements; /* by the address of their text; NULL while one is lent out */
  struct kept kept[KEPT_COUNT];
  int64_t undone; /* counts what was rolled back while watched; see txn_watch.h */
  int watched;    /* the transaction watch takes part in this transaction */
  unsigned int
      committed; /* the data version when a transaction was committed that it took part in */
  struct {
    int64_t stamp; /* of the change that the rest was read at */
    int known, autosettle, guard, alerts;
  } switches;
  /*
  ** What a room above does after a wallet has been settled, while the switch 'alerts' is on
  ** (ext/admin/alerts.c). `past`: more than the latest usage may have changed.
  */
  void (*settled)(struct store *store, int64_t wallet_id, int past, int *rc);
  struct wallet_list *settled_wallets; /* settle() appends those it settled, unless NULL */
  int64_t stamp;    /* of the facts, as the usage that is being inserted has read it */
  bool stamp_known; /* and no fact has changed since */
  enum arriving arriving;
  int gate_passed;  /* the guard has let the usage pass that is being inserted */
  bool passed_over; /* OR IGNORE leaves out the row that is being inserted */
  bool spelled;     /* a time came in another spelling than the canonical one, ever */
  int respelling;   /* an update that spells times canonically runs; see spelling.h */
  int connected;    /* billing_store is connected: statements may be kept */
  int progress;     /* billing_progress(1) */
  int replicated;   /* the host replicates all files; see admin/replicated.h */
};

/*
** Registers the owning virtual table and returns the store, or NULL with *rc set. The store lives
** until SQLite destroys the module.
*/
struct store *store_open(sqlite3 *db, int *rc);

/*
** Room for one more element of `size` bytes in an array that has `count`; owned by the caller. What
** is returned takes its place; without memory it stays as it was, with *rc set.
*/
void *store_grow(void *memory, int count, int *room, size_t size, int *rc);

/* Undo store_open(); for an entry point that fails. */
int store_drop(sqlite3 *db);

/*
** Borrow the statement `sql`, ready to bind; NULL with *rc set when it can't be prepared. It is
** known by its address, so the text is a constant. A statement that is lent out already is prepared
** a second time, so calls may nest. *rc is left alone on success and nothing is done when it is an
** error already: calls can be chained.
*/
sqlite3_stmt *store_take(struct store *store, const char *sql, int *rc);

/*
** Likewise a statement whose text is built when it is first used: `build` returns it for
** sqlite3_free(), or NULL without memory. The statement is known by the address `key`.
*/
sqlite3_stmt *store_take_built(struct store *store, const char *key,
                               char *(*build)(sqlite3 *db, const char *key), int *rc);

/*
** Give it back: reset, bindings cleared, kept for the next call. Takes NULL. The error of the last
** step, if any, moves into *rc unless *rc holds one already.
*/
void store_put(struct store *store, const char *sql, sqlite3_stmt *statement, int *rc);

/* Step a statement that returns no rows, and give it back. */
void store_run(struct store *store, const char *sql, sqlite3_stmt *statement, int *rc);

/*
** The data version of the database file: another connection's commit changes it, and so does an own
** one. See SQLITE_FCNTL_DATA_VERSION.
*/
unsigned int data_version(sqlite3 *db);

/* The schema version of main: 0 when nothing is installed, or *rc is set. */
int store_schema_version(sqlite3 *db, int *rc);

/*
** The text for an error `rc` of a statement, in the style `name: what, value, remedy`, for
** sqlite3_free(): SQLite's own, unless the schema is missing, older or newer, which explains it
** better.
*/
char *store_error(sqlite3 *db, const char *name, int rc);

/* SQLite's text for an error `rc` of a statement, for sqlite3_free(); NULL without memory. */
char *store_message(sqlite3 *db, int rc);

/* One step: 1 when there is a row. */
int store_row(sqlite3_stmt *statement, int *rc);

/* The first column of the first row of a statement without parameters, as an integer; 0: no row. */
int64_t store_ask(struct store *store, const char *sql, int *rc);

/*
** Undo what was done since a savepoint: `sql` rolls back to it and releases it. After
** sqlite3_interrupt() even that is interrupted, and without memory it can't be prepared; then the
** whole transaction goes. `breaker` is a write that does nothing, prepared while all was well.
*/
void store_undo(sqlite3 *db, const char *sql, sqlite3_stmt *breaker);

/* billing_progress(1): tell the user of a long settle on the standard error stream. */
#define PROGRESS_STEP 100000
void store_progress(int64_t settled);

#endif
