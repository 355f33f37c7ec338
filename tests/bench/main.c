/*
** bench [--rows N] [--rounds N] [--folder F] [--extension F] [--empty F] [--version V]
**       [--figures 1,2] [--only SIDE]
**
** Prints the table on stdout, and how far it is on stderr. 1 brings 4 and 9 along, and 2 brings 3.
** `--figures none` makes the database with all usage pending and prints its path.
*/
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *number;
  void (*run)(const struct bench *bench);
} figures[] = {
    {"1", figure_settle}, {"2", figure_insert}, {"5", figure_late},  {"6", figure_balance},
    {"7", figure_rate},   {"8", figure_daily},  {"10", figure_load}, {"11", figure_ahead},
};

/* Is the number in the list, between commas? */
static bool wanted(const char *list, const char *number) {
  char *padded, *sought;
  bool found;
  if (!list) return true;
  padded = sqlite3_mprintf(",%s,", list);
  sought = sqlite3_mprintf(",%s,", number);
  found = strstr(padded, sought) != NULL;
  sqlite3_free(padded);
  sqlite3_free(sought);
  return found;
}

static void take(struct bench *bench, const char *option, const char *value) {
  if (strcmp(option, "--rows") == 0) {
    bench->rows = atoll(value);
  } else if (strcmp(option, "--rounds") == 0) {
    bench->rounds = atoi(value);
  } else if (strcmp(option, "--folder") == 0) {
    bench->folder = value;
  } else if (strcmp(option, "--extension") == 0) {
    bench->extension = value;
  } else if (strcmp(option, "--empty") == 0) {
    bench->empty = value;
  } else if (strcmp(option, "--version") == 0) {
    bench->version = value;
  } else if (strcmp(option, "--figures") == 0) {
    bench->figures = value;
  } else if (strcmp(option, "--only") == 0) {
    bench->only = value;
  } else {
    stop(option, "unknown option");
  }
}

int main(int argc, char **argv) {
  struct bench bench = {.rows = 1000000,
                        .rounds = 5,
                        .folder = "build/bench",
                        .extension = "build/billing",
                        .empty = "build/bench/empty",
                        .version = "unknown"};
  for (int i = 1; i + 1 < argc; i += 2) take(&bench, argv[i], argv[i + 1]);
  if (bench.only) bench.rounds = 1;
  if (bench.rounds < 1 || bench.rounds > MAX_ROUNDS) stop("--rounds", "1 to 64");
  if (wanted(bench.figures, "none") && bench.figures) {
    puts(pending_file(&bench, bench.rows));
    return 0;
  }
  report_begin(&bench);
  for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++) {
    if (wanted(bench.figures, figures[i].number)) figures[i].run(&bench);
  }
  report_end();
  return 0;
}
