/*
** A process that tells the story is killed at a random moment. Another one opens the file: it settles to
** what the story leads to up to there, and then the story goes on to its end.
*/
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"

#define LONGEST_US 900000

struct trial {
  const struct options *options;
  struct image image;
  char path[500];
  struct text ledgers[STORY_STEPS + 1];
  bool wal;
  long longest_us; /* what the whole story takes, about */
  long in_time;    /* kills that came before its end */
};

/* ---- the child ---- */

static void tell_all(const struct trial *trial) {
  sqlite3 *db = story_open(trial->options, trial->path, trial->wal);
  must_run(db, "PRAGMA synchronous = OFF"); /* the machine goes on running */
  for (int step = 0; step < STORY_STEPS; step++) {
    char reached[60];
    if (run_step(db, story_steps[step]) != SQLITE_OK) stop("a step failed", sqlite3_errmsg(db));
    snprintf(reached, sizeof(reached), "UPDATE reached SET step = %d", step + 1);
    must_run(db, reached);
  }
  sqlite3_close(db);
}

/* ---- the parent ---- */

static int reached(sqlite3 *db) {
  struct text said = {NULL, 0, 0};
  int step;
  if (run_sql(db, "SELECT step FROM reached", &said) != SQLITE_OK) {
    test_complain("the file cannot be read: %s", sqlite3_errmsg(db));
  }
  step = said.bytes ? atoi(said.bytes) : 0;
  text_free(&said);
  return step;
}

/* The step after the last one that was noted may be done, too. */
static void check_ledger(const struct trial *trial, sqlite3 *db, int step) {
  struct text ledger = {NULL, 0, 0};
  check_database(db, NULL);
  read_ledger(db, &ledger);
  if (!text_same(&trial->ledgers[step], &ledger) &&
      (step == STORY_STEPS || !text_same(&trial->ledgers[step + 1], &ledger))) {
    text_tell_difference("the ledger after the kill", &trial->ledgers[step], &ledger);
  }
  text_free(&ledger);
}

static void check_kill(struct trial *trial) {
  sqlite3 *db = story_open(trial->options, trial->path, trial->wal);
  int step = reached(db);
  if (step < STORY_STEPS) trial->in_time++;
  check_ledger(trial, db, step);
  for (; step < STORY_STEPS; step++) {
    if (run_step(db, story_steps[step]) == SQLITE_OK) continue;
    test_complain("step %d again: %s", step, sqlite3_errmsg(db));
    break;
  }
  check_database(db, &trial->ledgers[STORY_STEPS]);
  check_closes(db);
}

static void restore(const struct trial *trial) {
  remove_database(trial->path);
  image_write(&trial->image, trial->path);
}

static void kill_once(struct trial *trial, long number) {
  struct timespec wait = {0, rand() % (trial->longest_us + 1) * 1000};
  int status;
  pid_t child;
  test_fault(number);
  restore(trial);
  fflush(stdout);
  child = fork();
  if (child < 0) stop("fork", "failed");
  if (child == 0) {
    tell_all(trial);
    _exit(0);
  }
  nanosleep(&wait, NULL);
  kill(child, SIGKILL);
  if (waitpid(child, &status, 0) != child) stop("waitpid", "failed");
  if (!WIFSIGNALED(status) && WEXITSTATUS(status) != 0) {
    test_complain("the child ended with status %d", WEXITSTATUS(status));
  }
  check_kill(trial);
}

static long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void kill_often(struct trial *trial) {
  char name[100];
  long from_us;
  snprintf(name, sizeof(name), "kill, %s", trial->wal ? "wal" : "rollback journal");
  if (!test_begin(trial->options, name)) return;
  restore(trial);
  from_us = now_us();
  tell_all(trial);
  trial->longest_us = now_us() - from_us;
  if (trial->longest_us > LONGEST_US) trial->longest_us = LONGEST_US;
  trial->in_time = 0;
  for (long i = 1; i <= trial->options->kills; i++) kill_once(trial, i);
  test_end("%ld kills, %ld before the end of the story, seed %u", trial->options->kills,
           trial->in_time, trial->options->seed);
}

void test_kill(const struct options *options) {
  static struct trial trial;
  trial.options = options;
  srand(options->seed);
  snprintf(trial.path, sizeof(trial.path), "%s/fault-kill.db", options->folder);
  story_begin(options, &trial.image);
  story_rehearse(options, &trial.image, trial.ledgers);
  for (int i = 0; i < 2; i++) {
    trial.wal = i != 0;
    kill_often(&trial);
  }
  remove_database(trial.path);
  image_free(&trial.image);
  for (int i = 0; i <= STORY_STEPS; i++) text_free(&trial.ledgers[i]);
}
