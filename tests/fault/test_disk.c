/*
** Every call that reads or writes a file fails in turn, alone or with all that follow, while the
** story is told or the schema is installed. Then the disk is well again, and it goes on: on the
** same connection, or on a new one.
*/
#include <stdio.h>

#include "fault.h"

struct trial {
  const struct options *options;
  const char *name;
  struct image image;
  char path[500];
  const char *const *steps;
  int count;          /* of them */
  struct text ledger; /* after all of them */
  bool wal, lasting;
  long errors, rights; /* faults that were reported, and that did no harm */
};

static bool tells_it(int rc) {
  int code = rc & 0xFF;
  return code == SQLITE_IOERR || code == SQLITE_FULL || code == SQLITE_CANTOPEN;
}

static sqlite3 *open_trial(const struct trial *trial) {
  return story_open(trial->options, trial->path, trial->wal);
}

/* Tell the story from `step` on, up to an error. Returns the step that failed. */
static int tell(const struct trial *trial, sqlite3 *db, int step, int *rc) {
  for (; step < trial->count; step++) {
    *rc = run_step(db, trial->steps[step]);
    if (*rc != SQLITE_OK) break;
  }
  return step;
}

static void check_recovery(struct trial *trial, sqlite3 *db, int step, long at) {
  int rc = SQLITE_OK;
  if (at % 2) {
    check_closes(db);
    db = open_trial(trial);
  }
  step = tell(trial, db, step, &rc);
  if (rc != SQLITE_OK) {
    test_complain("step %d again: code %d, %s", step, rc, sqlite3_errmsg(db));
  }
  check_database(db, &trial->ledger);
  check_closes(db);
}

/* Returns how many calls there were. */
static long try_fault(struct trial *trial, long at) {
  sqlite3_int64 used = sqlite3_memory_used();
  sqlite3 *db;
  long asked;
  int rc = SQLITE_OK, step;
  remove_database(trial->path);
  image_write(&trial->image, trial->path);
  db = open_trial(trial);
  test_fault(at);
  disk_arm(at, trial->lasting);
  step = tell(trial, db, 0, &rc);
  asked = disk_disarm();
  if (rc == SQLITE_OK) {
    trial->rights++;
  } else {
    trial->errors++;
    if (!tells_it(rc)) {
      test_complain("step %d: code %d, %s", step, rc, sqlite3_errmsg(db));
    }
  }
  check_recovery(trial, db, step, at);
  if (sqlite3_memory_used() != used) test_complain("memory is not freed");
  return asked;
}

static void try_faults(struct trial *trial) {
  char name[100];
  long tried = 0, total;
  snprintf(name, sizeof(name), "disk, %s, %s, %s", trial->name,
           trial->wal ? "wal" : "rollback journal", trial->lasting ? "lasting" : "once");
  if (!test_begin(trial->options, name)) return;
  total = try_fault(trial, 0);
  trial->errors = trial->rights = 0;
  for (long at = next_fault(trial->options, 0, total); at <= total;
       at = next_fault(trial->options, at, total)) {
    try_fault(trial, at);
    tried++;
  }
  test_end("%ld of %ld calls, %ld errors, %ld right answers", tried, total, trial->errors,
           trial->rights);
}

static void try_journals(struct trial *trial) {
  for (int i = 0; i < 4; i++) {
    trial->wal = i >= 2;
    trial->lasting = i % 2 != 0;
    try_faults(trial);
  }
  remove_database(trial->path);
  image_free(&trial->image);
  text_free(&trial->ledger);
}

static void test_story(struct trial *trial) {
  struct text ledgers[STORY_STEPS + 1] = {{NULL, 0, 0}};
  trial->name = "story";
  trial->steps = story_steps;
  trial->count = STORY_STEPS;
  story_begin(trial->options, &trial->image);
  story_rehearse(trial->options, &trial->image, ledgers);
  trial->ledger = ledgers[STORY_STEPS];
  for (int i = 0; i < STORY_STEPS; i++) text_free(&ledgers[i]);
  try_journals(trial);
}

static void test_install(struct trial *trial) {
  static const char *const steps[] = {"SELECT billing_install()"};
  sqlite3 *db = open_memory();
  trial->name = "install";
  trial->steps = steps;
  trial->count = 1;
  must_run(db, "PRAGMA page_size = 1024; VACUUM");
  image_take(db, &trial->image);
  sqlite3_close(db);
  try_journals(trial);
}

void test_disk(const struct options *options) {
  struct trial trial = {.options = options};
  snprintf(trial.path, sizeof(trial.path), "%s/fault-disk.db", options->folder);
  test_story(&trial);
  test_install(&trial);
}
