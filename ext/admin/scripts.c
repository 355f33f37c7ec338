#include "admin/scripts.h"

#include <stdbool.h>
#include <stddef.h>

SQLITE_EXTENSION_INIT3

/*
** Prepare it while there is memory: run, it needs none. It has to be prepared again after a script
** that makes virtual tables, since they expire all statements.
*/
static int prepare_rollback(sqlite3 *db, sqlite3_stmt **rollback) {
  sqlite3_finalize(*rollback);
  return sqlite3_prepare_v2(db, "ROLLBACK", -1, rollback, NULL);
}

/*
** Run a script that can be interrupted, or run out of memory, at any moment.
**
** After sqlite3_interrupt() even ROLLBACK TO is interrupted, and so is preparing anything. But
** SQLite rolls the whole transaction back when a write is interrupted; so one is kept wallet state
** on a row, where the script's changes of the schema can't expire it, and is stepped then. It keeps
** tables from being dropped meanwhile.
*/
static int run_script(sqlite3 *db, const char *script, sqlite3_stmt **rollback, char **message) {
  sqlite3_stmt *breaker = NULL;
  int rc = sqlite3_exec(db, "CREATE TABLE main.billing_breaker(x)", NULL, NULL, message);
  if (rc != SQLITE_OK) return rc;
  rc = sqlite3_prepare_v2(db, "INSERT INTO main.billing_breaker VALUES (1) RETURNING x", -1,
                          &breaker, NULL);
  if (rc == SQLITE_OK && sqlite3_step(breaker) != SQLITE_ROW) rc = sqlite3_reset(breaker);
  if (rc == SQLITE_OK) rc = sqlite3_exec(db, script, NULL, NULL, message);
  if (rc == SQLITE_OK) rc = prepare_rollback(db, rollback);
  if (rc == SQLITE_INTERRUPT || rc == SQLITE_NOMEM) sqlite3_step(breaker);
  sqlite3_finalize(breaker);
  if (rc != SQLITE_OK) return rc;
  return sqlite3_exec(db, "DROP TABLE main.billing_breaker", NULL, NULL, message);
}

/* BEGIN where it is possible: a RELEASE that fails to commit leaves a transaction open. */
int scripts_run(sqlite3 *db, const char *first, const char *last, char **message) {
  bool apart = sqlite3_get_autocommit(db) != 0;
  const char *undo = apart ? "ROLLBACK" : "ROLLBACK TO billing_scripts; RELEASE billing_scripts";
  sqlite3_stmt *rollback = NULL;
  int rc = prepare_rollback(db, &rollback);
  if (rc == SQLITE_OK) {
    rc = sqlite3_exec(db, apart ? "BEGIN" : "SAVEPOINT billing_scripts", NULL, NULL, message);
  }
  if (rc == SQLITE_OK) {
    if (first) rc = sqlite3_exec(db, first, NULL, NULL, message);
    if (rc == SQLITE_OK) rc = run_script(db, last, &rollback, message);
    if (rc == SQLITE_OK) {
      rc = sqlite3_exec(db, apart ? "COMMIT" : "RELEASE billing_scripts", NULL, NULL, message);
    }
    if (rc != SQLITE_OK && sqlite3_exec(db, undo, NULL, NULL, NULL) != SQLITE_OK &&
        !sqlite3_get_autocommit(db)) {
      sqlite3_step(rollback);
    }
  }
  sqlite3_finalize(rollback);
  return rc;
}
