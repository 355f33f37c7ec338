/*
** 6: what a wallet held at a random past instant, against the lookup of a usage by its key.
*/
#include "bench.h"

#define LOOKUPS 5000

struct looking {
  sqlite3 *db;
  sqlite3_stmt *statement;
  int64_t rows;
  uint64_t seed;
};

static struct looking open_looking(const struct bench *bench, int64_t rows, const char *sql) {
  struct looking looking = {.rows = rows};
  looking.db = open_billing(bench, settled_file(bench, rows));
  looking.statement = prepare(looking.db, sql);
  return looking;
}

static void close_looking(struct looking *looking) {
  sqlite3_finalize(looking->statement);
  close_file(looking->db);
}

static void look_up_balances(void *context) {
  struct looking *looking = context;
  char team[16], at[24];
  for (int i = 0; i < LOOKUPS; i++) {
    uint64_t hash = mix(looking->seed++);
    int64_t span = last_second() - first_second();
    instant_text(first_second() + (int64_t)(hash % (uint64_t)span), at);
    sqlite3_snprintf(sizeof(team), team, "team-%04d", (int)(mix(hash) % TEAMS) + 1);
    sqlite3_bind_text(looking->statement, 1, team, -1, SQLITE_STATIC);
    sqlite3_bind_text(looking->statement, 2, at, 19, SQLITE_STATIC);
    step_all(looking->statement);
  }
}

static void look_up_usage(void *context) {
  struct looking *looking = context;
  for (int i = 0; i < LOOKUPS; i++) {
    uint64_t hash = mix(looking->seed++);
    sqlite3_bind_int64(looking->statement, 1, (int64_t)(hash % (uint64_t)looking->rows) + 1);
    step_all(looking->statement);
  }
}

#define SQL_BALANCE "SELECT balance FROM wallet_balance(?1, ?2)"
#define SQL_USAGE "SELECT quantity FROM usage WHERE usage_id = ?1"

/* As one would for a file that is larger than the page cache: no page is copied into it then. */
static struct looking open_mapped(const struct bench *bench, int64_t rows, const char *sql) {
  struct looking looking = open_looking(bench, rows, sql);
  run_sql(looking.db, "PRAGMA mmap_size = 2147418112");
  return looking;
}

static void compare_looking(const struct bench *bench, const char *figures[3], const char *work,
                            struct looking *balance, struct looking *key, struct looking *small,
                            struct looking *whole) {
  struct side sides[] = {
      {"balance", balance, NULL, look_up_balances, NULL, LOOKUPS, {0}},
      {"balance-floor", key, NULL, look_up_usage, NULL, LOOKUPS, {0}},
      {"balance-small", small, NULL, look_up_balances, NULL, LOOKUPS, {0}},
      {"balance-whole", whole, NULL, look_up_balances, NULL, LOOKUPS, {0}},
  };
  compare(bench, sides, 4);
  report_ratio(bench, figures[0], work, "lookup of a usage by key", &sides[0], &sides[1], 10);
  report_ratio(bench, figures[1], "the same", "the same at 100,000 rows", &sides[0], &sides[2],
               1.5);
  report_ratio(bench, figures[2], "the same, all its columns", "lookup of a usage by key",
               &sides[3], &sides[1], 0);
  close_looking(balance);
  close_looking(key);
  close_looking(small);
  close_looking(whole);
}

void figure_balance(const struct bench *bench) {
  static const char *plain[] = {"6", "6s", "6w"}, *mapped[] = {"6m", "6ms", "6mw"};
  static const char whole_sql[] = "SELECT * FROM wallet_balance(?1, ?2)";
  struct bench many = *bench; /* short and noisy: more rounds */
  struct looking balance = open_looking(bench, bench->rows, SQL_BALANCE);
  struct looking key = open_looking(bench, bench->rows, SQL_USAGE);
  struct looking small = open_looking(bench, SMALL_ROWS, SQL_BALANCE);
  struct looking whole = open_looking(bench, bench->rows, whole_sql);
  if (!bench->only) many.rounds = 21;
  compare_looking(&many, plain, "`wallet_balance(team, at)`, its `balance`", &balance, &key, &small,
                  &whole);
  balance = open_mapped(bench, bench->rows, SQL_BALANCE);
  key = open_mapped(bench, bench->rows, SQL_USAGE);
  small = open_mapped(bench, SMALL_ROWS, SQL_BALANCE);
  whole = open_mapped(bench, bench->rows, whole_sql);
  compare_looking(&many, mapped, "the same, with `PRAGMA mmap_size`", &balance, &key, &small,
                  &whole);
  report_note("6: teams and instants at random, all teams alike; the floor is `" SQL_USAGE
              "` of a random row");
}
