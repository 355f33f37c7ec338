/*
** 5: a usage that arrives late, for a team of median size, against one that arrives on time.
*/
#include "bench.h"

#define ON_TIME 200

struct arriving {
  sqlite3 *db;
  sqlite3_stmt *insert;
  int64_t next, rows;
  struct usage_row late;
};

static void begin(void *context) {
  struct arriving *arriving = context;
  run_sql(arriving->db, "BEGIN IMMEDIATE");
}

static void roll_back(void *context) {
  struct arriving *arriving = context;
  run_sql(arriving->db, "ROLLBACK");
}

static void arrive_on_time(void *context) {
  struct arriving *arriving = context;
  struct usage_row row;
  for (int i = 0; i < ON_TIME; i++) {
    on_time(arriving->next + i, arriving->rows, &row);
    insert_usage(arriving->insert, &row);
  }
}

static void arrive_late(void *context) {
  struct arriving *arriving = context;
  insert_usage(arriving->insert, &arriving->late);
}

/* A row for the team, so many days before the latest row of all. */
static struct arriving late_row(const struct arriving *on_time, const char *team, int days) {
  struct arriving arriving = *on_time;
  char *client = sqlite3_mprintf("SELECT min(client_id) FROM app_team WHERE team_id = %Q", team);
  char *client_id = ask_text(arriving.db, client);
  usage_row(1, arriving.rows, &arriving.late);
  sqlite3_snprintf(sizeof(arriving.late.client_id), arriving.late.client_id, "%s", client_id);
  instant_text(last_second() - days * INT64_C(86400), arriving.late.occurred_at);
  sqlite3_free(client);
  sqlite3_free(client_id);
  return arriving;
}

/* Usage of the team from the late row on, and debts that are paid from then on. */
static int64_t rows_after(const struct arriving *arriving, const char *team) {
  char *sql = sqlite3_mprintf(
      "SELECT (SELECT count(*) FROM usage JOIN app_team USING (client_id)"
      "  WHERE team_id = %Q AND occurred_at >= %Q)"
      " + (SELECT count(*) FROM ledger"
      "  WHERE team_id = %Q AND charged_at >= %Q AND occurred_at < %Q)",
      team, arriving->late.occurred_at, team, arriving->late.occurred_at,
      arriving->late.occurred_at);
  int64_t count = ask_int(arriving->db, sql);
  sqlite3_free(sql);
  return count;
}

static void report_late(const struct bench *bench, const struct arriving *now, const char *team) {
  static const int days[] = {1, TOP_UP_DAYS + 1, 30, 182, 365};
  static const char *const figures[] = {"5", "5b", "5m", "5h", "5y"};
  static const char *const names[] = {"late-day", "late-bought", "late-month", "late-half",
                                      "late-year"};
  struct arriving late[5];
  struct side sides[6] = {{"on-time", (void *)now, begin, arrive_on_time, roll_back, ON_TIME, {0}}};
  for (int i = 0; i < 5; i++) {
    late[i] = late_row(now, team, days[i]);
    sides[i + 1] = (struct side){names[i], &late[i], begin, arrive_late, roll_back, 1, {0}};
  }
  compare(bench, sides, 6);
  for (int i = 0; i < 5; i++) {
    char *work = sqlite3_mprintf("a row %d days late, %lld rows or payments of its team after it",
                                 days[i], (long long)rows_after(&late[i], team));
    report_ratio(bench, figures[i], work, "autosettled insert on time", &sides[i + 1], &sides[0],
                 i == 0 ? 50 : 0);
    sqlite3_free(work);
  }
}

void figure_late(const struct bench *bench) {
  struct bench many = *bench;
  struct arriving now = {.next = bench->rows, .rows = bench->rows};
  char *path = path_of(bench, "late.db"), *team;
  copy_file(settled_file(bench, bench->rows), path);
  now.db = open_billing(bench, path);
  top_up(now.db);
  run_sql(now.db, "SELECT billing_autosettle(1)");
  team = median_team(now.db);
  now.insert = prepare(now.db, INSERT_USAGE);
  arrive_on_time(&now); /* warm up */
  now.next += ON_TIME;
  if (!bench->only) many.rounds = 11;
  report_late(&many, &now, team);
  report_note(
      "5: the team of median size, %s; everything in a transaction that is rolled back. It bought"
      " tokens %d days before the last row, which paid what it owed; 5b comes before that",
      team, TOP_UP_DAYS);
  sqlite3_finalize(now.insert);
  close_file(now.db);
  remove_file(path);
  sqlite3_free(path);
  sqlite3_free(team);
}
