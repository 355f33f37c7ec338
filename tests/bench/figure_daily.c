/*
** 8: the bars of a team's month, against GROUP BY over the plain tables.
*/
#include "bench.h"

#include <string.h>

#define REPEATS 10

/*
** Two scans, each once: usage for the team's month, then the ledger for what those rows paid. A
** join on usage_id would have SQLite index the whole ledger every time.
*/
static const char by_group[] =
    "WITH month AS MATERIALIZED (SELECT usage_id, occurred_at, client_id, api, sku, quantity"
    "  FROM usage WHERE occurred_at >= '2023-02-01' AND occurred_at < '2023-03-01'"
    "  AND client_id IN (SELECT client_id FROM app_team WHERE team_id = ?1)),"
    " paid AS MATERIALIZED (SELECT usage_id, sum(units) AS units FROM ledger_entry"
    "  WHERE usage_id IN (SELECT usage_id FROM month) GROUP BY usage_id)"
    "SELECT date(occurred_at) AS day, client_id, api, sku, count(*), sum(quantity),"
    " sum(units) / 3600000.0 FROM month LEFT JOIN paid USING (usage_id) GROUP BY 1, 2, 3, 4";

static const char by_table[] =
    "SELECT * FROM usage_daily(?1) WHERE day >= '2023-02-01' AND day < '2023-03-01'";

static void read_days(void *context) {
  for (int i = 0; i < REPEATS; i++) step_all(context);
}

static void read_once(void *context) {
  step_all(context);
}

static void compare_team(const struct bench *bench, sqlite3 *db, const char *figure,
                         const char *team, double most) {
  sqlite3_stmt *table = prepare(db, by_table), *group = prepare(db, by_group);
  char *work = sqlite3_mprintf("`usage_daily` of a month of %s", team);
  struct side sides[] = {
      {"daily", table, NULL, read_days, NULL, REPEATS, {0}},
      {"daily-floor", group, NULL, read_once, NULL, 1, {0}},
  };
  sqlite3_bind_text(table, 1, team, -1, SQLITE_STATIC);
  sqlite3_bind_text(group, 1, team, -1, SQLITE_STATIC);
  compare(bench, sides, 2);
  report_ratio(bench, figure, work, "GROUP BY (ratio: times faster)", &sides[0], &sides[1], most);
  sqlite3_free(work);
  sqlite3_finalize(table);
  sqlite3_finalize(group);
}

void figure_daily(const struct bench *bench) {
  sqlite3 *db = open_billing(bench, settled_file(bench, bench->rows));
  char *team = median_team(db);
  compare_team(bench, db, "8", team, -100);
  compare_team(bench, db, "8b", "team-0001", -1);
  report_note(
      "8: %s is of median size, team-0001 the largest (13 %% of all rows); the goal is for"
      " 10,000,000 rows. The other side reads usage and ledger_entry once each: `%s`",
      team, by_group);
  sqlite3_free(team);
  close_file(db);
}
