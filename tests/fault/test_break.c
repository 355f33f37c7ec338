/*
** A process that tells the story is killed at a random moment, or its machine loses power at a
** random call. Another one opens the file: it settles to what the story leads to up to there, and
** then the story goes on to its end. What the broken process had been assured of is
** there, as far as the settings promise it.
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

struct setting {
  const char *name, *synchronous;
  int may_lose; /* commits that were reported; with FULL a deleted journal may come back */
  bool wal, power;
};

static const struct setting settings[] = {
    {"kill, rollback journal", "OFF", 0, false, false},
    {"kill, wal", "OFF", 0, true, false},
    {"power, rollback journal, full", "FULL", 1, false, true},
    {"power, rollback journal, extra", "EXTRA", 0, false, true},
    {"power, wal, full", "FULL", 0, true, true},
    {"power, wal, normal", "NORMAL", STORY_STEPS, true, true},
};
#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

struct trial {
  const struct options *options;
  const struct setting *setting;
  struct image image;
  char path[500];
  struct text ledgers[STORY_STEPS + 1];
  long longest;  /* what the whole story takes, about: microseconds, or calls that change a file */
  long in_time;  /* breaks that came before its end */
  int told_step; /* what the broken process had reached, for sure */
};

/* ---- the child ---- */

/* Writes the number of each step that is committed to `told`. */
static void tell_all(const struct trial *trial, int told) {
  sqlite3 *db = story_open(trial->options, trial->path, trial->setting->wal);
  char sql[60];
  snprintf(sql, sizeof(sql), "PRAGMA synchronous = %s", trial->setting->synchronous);
  must_run(db, sql);
  for (int step = 0; step < STORY_STEPS; step++) {
    unsigned char number = (unsigned char)(step + 1);
    if (run_step(db, story_steps[step]) != SQLITE_OK) stop("a step failed", sqlite3_errmsg(db));
    snprintf(sql, sizeof(sql), "UPDATE reached SET step = %d", step + 1);
    must_run(db, sql);
    if (told >= 0 && write(told, &number, 1) != 1) stop("pipe", "cannot be written");
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
    text_tell_difference("the ledger after the break", &trial->ledgers[step], &ledger);
  }
  text_free(&ledger);
}

static void check_break(struct trial *trial) {
  sqlite3 *db = story_open(trial->options, trial->path, trial->setting->wal);
  int step = reached(db);
  if (step < STORY_STEPS) trial->in_time++;
  if (step < trial->told_step - trial->setting->may_lose) {
    test_complain("step %d was committed, but only %d is there", trial->told_step, step);
  }
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

/* The last number that the child wrote, once it has ended. */
static int last_told(int pipe_end) {
  unsigned char number = 0;
  while (read(pipe_end, &number, 1) == 1) continue;
  return number;
}

static void wait_for(pid_t child, bool power) {
  int status;
  if (waitpid(child, &status, 0) != child) stop("waitpid", "failed");
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  if (power && WIFEXITED(status) && WEXITSTATUS(status) == POWER_LOST) return;
  test_complain("the child ended with status %d", status);
}

static void break_once(struct trial *trial, long number) {
  long moment = rand() % (trial->longest + 1);
  unsigned seed = (unsigned)rand();
  int ends[2];
  pid_t child;
  test_fault(number);
  restore(trial);
  fflush(stdout);
  if (pipe(ends) != 0) stop("pipe", "failed");
  child = fork();
  if (child < 0) stop("fork", "failed");
  if (child == 0) {
    if (trial->setting->power) power_arm(trial->path, moment + 1, seed);
    tell_all(trial, ends[1]);
    _exit(0);
  }
  close(ends[1]);
  if (!trial->setting->power) {
    struct timespec wait = {0, moment * 1000};
    nanosleep(&wait, NULL);
    kill(child, SIGKILL);
  }
  wait_for(child, trial->setting->power);
  trial->told_step = last_told(ends[0]);
  close(ends[0]);
  check_break(trial);
}

static long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Tells the story to its end, and returns how long it took. */
static long measure(struct trial *trial) {
  long from_us = now_us(), us, calls;
  restore(trial);
  if (trial->setting->power) power_arm(trial->path, 0, 0);
  tell_all(trial, -1);
  calls = power_disarm();
  us = now_us() - from_us;
  if (trial->setting->power) return calls;
  return us < LONGEST_US ? us : LONGEST_US;
}

static void break_often(struct trial *trial) {
  if (!test_begin(trial->options, trial->setting->name)) return;
  trial->longest = measure(trial);
  trial->in_time = 0;
  for (long i = 1; i <= trial->options->kills; i++) break_once(trial, i);
  test_end("%ld times, %ld before the end of the story, seed %u", trial->options->kills,
           trial->in_time, trial->options->seed);
}

void test_break(const struct options *options) {
  static struct trial trial;
  trial.options = options;
  srand(options->seed);
  snprintf(trial.path, sizeof(trial.path), "%s/fault-break.db", options->folder);
  story_begin(options, &trial.image);
  story_rehearse(options, &trial.image, trial.ledgers);
  for (size_t i = 0; i < SETTING_COUNT; i++) {
    trial.setting = &settings[i];
    break_often(&trial);
  }
  remove_database(trial.path);
  image_free(&trial.image);
  for (int i = 0; i <= STORY_STEPS; i++) text_free(&trial.ledgers[i]);
}
