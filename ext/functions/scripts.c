#include "functions/scripts.h"

#include <stddef.h>

SQLITE_EXTENSION_INIT3

/*
** Run a script that can be interrupted at any moment.
**
** After sqlite3_interrupt() even ROLLBACK TO is interrupted, and so is preparing anything. But SQLite
** rolls the whole transaction back when a write is interrupted; so one is kept standing on a row, where
** the script's changes of the schema can't expire it, and is stepped then. It keeps tables from being
** dropped meanwhile.
*/
static int run_script(sqlite3 *db, const char *script, char **message) {
  sqlite3_stmt *breaker = NULL;
  int rc = sqlite3_exec(db, "CREATE TABLE main.billing_breaker(x)", NULL, NULL, message);
  if (rc != SQLITE_OK) return rc;
  rc = sqlite3_prepare_v2(db, "INSERT INTO main.billing_breaker VALUES (1) RETURNING x", -1,
                          &breaker, NULL);
  if (rc == SQLITE_OK && sqlite3_step(breaker) != SQLITE_ROW) rc = sqlite3_reset(breaker);
  if (rc == SQLITE_OK) rc = sqlite3_exec(db, script, NULL, NULL, message);
  if (rc == SQLITE_INTERRUPT) sqlite3_step(breaker);
  sqlite3_finalize(breaker);
  if (rc != SQLITE_OK) return rc;
  return sqlite3_exec(db, "DROP TABLE main.billing_breaker", NULL, NULL, message);
}

static int run_all(sqlite3 *db, const char *const *first, int count, const char *last,
                   char **message) {
  int rc = SQLITE_OK;
  for (int i = 0; i < count && rc == SQLITE_OK; i++) {
    rc = sqlite3_exec(db, first[i], NULL, NULL, message);
  }
  return rc == SQLITE_OK ? run_script(db, last, message) : rc;
}

/* Without memory ROLLBACK TO can't be prepared; `rollback` needs none. */
static void undo(sqlite3 *db, sqlite3_stmt *rollback) {
  int rc =
      sqlite3_exec(db, "ROLLBACK TO billing_scripts; RELEASE billing_scripts", NULL, NULL, NULL);
  if (rc != SQLITE_OK && !sqlite3_get_autocommit(db)) sqlite3_step(rollback);
}

int scripts_run(sqlite3 *db, const char *const *first, int count, const char *last,
                char **message) {
  sqlite3_stmt *rollback = NULL;
  int rc = sqlite3_prepare_v2(db, "ROLLBACK", -1, &rollback, NULL);
  if (rc == SQLITE_OK) {
    rc = sqlite3_exec(db, "SAVEPOINT billing_scripts", NULL, NULL, message);
  }
  if (rc == SQLITE_OK) {
    rc = run_all(db, first, count, last, message);
    if (rc == SQLITE_OK) {
      rc = sqlite3_exec(db, "RELEASE billing_scripts", NULL, NULL, message);
    }
    if (rc != SQLITE_OK) undo(db, rollback);
  }
  sqlite3_finalize(rollback);
  return rc;
}
