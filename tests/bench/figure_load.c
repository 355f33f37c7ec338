/*
** 10: a new connection, up to its first rate(), against one that loads an extension which is empty.
*/
#include "bench.h"

struct opening {
  const char *path, *extension, *sql;
  sqlite3 *db;
};

static void open_and_ask(void *context) {
  struct opening *opening = context;
  sqlite3_open(opening->path, &opening->db);
  load(opening->db, opening->extension);
  if (opening->sql) run_sql(opening->db, opening->sql);
}

static void close_opening(void *context) {
  struct opening *opening = context;
  close_file(opening->db);
}

void figure_load(const struct bench *bench) {
  static const char rate[] = "SELECT rate('model-derivative', 'rvt', 1, '2023-02-01 00:00:00')";
  const char *path = settled_file(bench, SMALL_ROWS);
  struct bench many = *bench;
  struct opening full = {path, bench->extension, rate, NULL};
  struct opening empty = {path, bench->empty, NULL, NULL};
  struct opening reading = {path, bench->empty, "SELECT count(*) FROM rate_card", NULL};
  struct side sides[] = {
      {"load", &full, NULL, open_and_ask, close_opening, 1, {0}},
      {"load-floor", &empty, NULL, open_and_ask, close_opening, 1, {0}},
      {"load-reading", &reading, NULL, open_and_ask, close_opening, 1, {0}},
  };
  if (!bench->only) many.rounds = 21;
  compare(&many, sides, 3);
  report_ratio(&many, "10", "open, load, first `rate()`", "open, load an empty extension",
               &sides[0], &sides[1], 0);
  report_value("10", "more than that takes", "–",
               (time_of(&many, &sides[0]) - time_of(&many, &sides[1])) / 1e6, " ms", 2);
  report_ratio(&many, "10s", "open, load, first `rate()`",
               "the same with the empty one and a query on rate_card", &sides[0], &sides[2], 0);
  report_note(
      "10: the floor does not read the file; 10s does: most of 10 is SQLite reading the schema");
}
