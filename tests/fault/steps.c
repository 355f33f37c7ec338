/*
** The story in a file, for the tests that break it off.
*/
#include <stdio.h>
#include <string.h>

#include "fault.h"

void story_begin(const struct options *options, struct image *image) {
  sqlite3 *db = open_memory();
  must_run(db, "PRAGMA page_size = 1024");
  if (load_extension(db, options) != SQLITE_OK) stop(options->extension, sqlite3_errmsg(db));
  must_run(db, "SELECT billing_install()");
  must_run(db, story_plain);
  must_run(db, story_full);
  must_run(db, "CREATE TABLE reached(step INTEGER)");
  must_run(db, "INSERT INTO reached VALUES (0)");
  image_take(db, image);
  sqlite3_close(db);
}

void story_rehearse(const struct options *options, const struct image *image,
                    struct text *ledgers) {
  sqlite3 *db = open_memory();
  if (load_extension(db, options) != SQLITE_OK) stop(options->extension, sqlite3_errmsg(db));
  image_put(db, image);
  for (int i = 0; i <= STORY_STEPS; i++) {
    must_run(db, "SELECT settle()");
    read_ledger(db, &ledgers[i]);
    if (i < STORY_STEPS) must_run(db, story_steps[i]);
  }
  sqlite3_close(db);
}

/* Little fits the cache, so that pages are written before the commit too. */
sqlite3 *story_open(const struct options *options, const char *path, bool wal) {
  sqlite3 *db;
  if (sqlite3_open(path, &db) != SQLITE_OK) stop(path, sqlite3_errmsg(db));
  if (load_extension(db, options) != SQLITE_OK) stop(options->extension, sqlite3_errmsg(db));
  must_run(db, "PRAGMA cache_size = 12; PRAGMA temp_store = FILE");
  must_run(db, wal ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = DELETE");
  return db;
}

int run_step(sqlite3 *db, const char *sql) {
  int rc = run_sql(db, sql, NULL);
  if (rc == SQLITE_OK || sqlite3_get_autocommit(db)) return rc;
  if (strncmp(sql, "BEGIN", 5) != 0) test_complain("a transaction is left open: %.60s", sql);
  run_sql(db, "ROLLBACK", NULL);
  return rc;
}
