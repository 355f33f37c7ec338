/*
** The data: two years of 1,000 teams, whose sizes fall off as 1/rank, and 10,000 apps, ten to a
** team. Each team buys cloud credits four times in the first year and Flex tokens four times in the
** second, about as much as it uses, except for the last time: about 5 % of the rows stay uncharged.
** One row in a hundred arrives out of order, one in fifty failed and is free.
*/
#include "bench.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#define FIRST 1636243200 /* 2021-11-07 00:00:00; Flex is sold from a year later on */
#define DAYS 730
#define SPAN ((int64_t)DAYS * 86400)
#define GIGAPIXELS_UNTIL 1662508800 /* 2022-09-07 00:00:00 */
#define VERSION "2"                 /* of the data: files of another one are made again */

int64_t first_second(void) {
  return FIRST;
}

int64_t last_second(void) {
  return FIRST + SPAN;
}

uint64_t mix(uint64_t number) {
  uint64_t z = (number + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* In [0, 1); takes its bits out of a hash. */
static double chance(uint64_t *hash) {
  *hash = mix(*hash);
  return (double)(*hash >> 11) / 9007199254740992.0;
}

/* ---- instants ---- */

void instant_text(int64_t second, char text[24]) {
  static const char digits[] = "0123456789";
  int64_t day = second / 86400, of_day = second % 86400;
  int64_t z = day + 719468, era = z / 146097, of_era = z - era * 146097;
  int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  int64_t month = (5 * of_year + 2) / 153;
  int64_t parts[6] = {
      0, 0, of_year - (153 * month + 2) / 5 + 1, of_day / 3600, of_day / 60 % 60, of_day % 60};
  parts[1] = month < 10 ? month + 3 : month - 9;
  parts[0] = year + era * 400 + (parts[1] <= 2);
  memcpy(text, "2000-00-00 00:00:00", 20);
  text[2] = digits[parts[0] / 10 % 10];
  text[3] = digits[parts[0] % 10];
  for (int i = 1; i < 6; i++) {
    text[2 + 3 * i] = digits[parts[i] / 10];
    text[3 + 3 * i] = digits[parts[i] % 10];
  }
}

/* ---- a row ---- */

/* A team's number from 0; sizes fall off as 1/rank. */
static int pick_team(double share) {
  static double upto[TEAMS];
  int low = 0, high = TEAMS - 1;
  if (upto[TEAMS - 1] == 0) {
    double sum = 0;
    for (int i = 0; i < TEAMS; i++) upto[i] = sum += 1.0 / (i + 1);
  }
  share *= upto[TEAMS - 1];
  while (low < high) {
    int middle = (low + high) / 2;
    if (upto[middle] > share) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

static void pick_work(struct usage_row *row, uint64_t *hash, int64_t second) {
  static const char *const files[] = {"rvt", "dwg", "rvt", "ifc", "nwd", "dwg", "stp", "pdf"};
  static const char *const engines[] = {"autocad", "revit", "inventor", "3dsmax"};
  double which = chance(hash), amount = chance(hash);
  if (which < 0.55) {
    row->api = "model-derivative";
    row->sku = files[(int)(amount * 8)];
    row->quantity = 1;
  } else if (which < 0.85) {
    row->api = "design-automation";
    row->sku = engines[(int)(chance(hash) * 4)];
    row->quantity = 10 + (int)(amount * 590);
  } else if (which < 0.93) {
    bool photos = second >= GIGAPIXELS_UNTIL;
    row->api = "reality-capture";
    row->sku = photos ? "photo" : "gigapixel";
    row->quantity = photos ? 20 + (int)(amount * 200) : 0.5 + (int)(amount * 5) * 0.5;
  } else {
    row->api = "flow-graph-engine";
    row->sku = "compute";
    row->quantity = 5 + (int)(amount * 300);
  }
  row->outcome = chance(hash) < 0.02 ? "failed" : "success";
}

static void fill_row(int64_t number, int64_t rows, bool may_be_late, struct usage_row *row) {
  uint64_t hash = mix((uint64_t)number);
  int team = pick_team(chance(&hash));
  double which = chance(&hash);
  int64_t second = FIRST + (int64_t)((double)number / (double)rows * (double)SPAN);
  if (may_be_late && chance(&hash) < 0.01) second -= 3600 + (int64_t)(chance(&hash) * 30 * 86400);
  if (second < FIRST) second = FIRST;
  snprintf(row->client_id, sizeof(row->client_id), "app-%05d",
           team * (APPS / TEAMS) + (int)(which * which * (APPS / TEAMS)) + 1);
  snprintf(row->user_id, sizeof(row->user_id), "user-%03d", (int)(chance(&hash) * 200));
  instant_text(second, row->occurred_at);
  pick_work(row, &hash, second);
}

void usage_row(int64_t number, int64_t rows, struct usage_row *row) {
  fill_row(number, rows, true, row);
}

void on_time(int64_t number, int64_t rows, struct usage_row *row) {
  fill_row(number, rows, false, row);
}

void insert_usage(sqlite3_stmt *insert, const struct usage_row *row) {
  sqlite3_bind_text(insert, 1, row->client_id, -1, SQLITE_STATIC);
  sqlite3_bind_text(insert, 2, row->api, -1, SQLITE_STATIC);
  sqlite3_bind_text(insert, 3, row->sku, -1, SQLITE_STATIC);
  sqlite3_bind_double(insert, 4, row->quantity);
  sqlite3_bind_text(insert, 5, row->occurred_at, 19, SQLITE_STATIC);
  sqlite3_bind_text(insert, 6, row->outcome, -1, SQLITE_STATIC);
  sqlite3_bind_text(insert, 7, row->user_id[0] ? row->user_id : NULL, -1, SQLITE_STATIC);
  step_all(insert);
}

/* ---- a database ---- */

static void make_teams(sqlite3 *db) {
  run_format(db,
             "INSERT INTO rate_card(api, sku, effective_from, tokens, per, unit) VALUES"
             " ('flow-graph-engine', 'compute', '2021-01-01 00:00:00', 1.5, 3600, 'second'),"
             " ('flow-graph-engine', 'compute', '2022-03-29 00:00:00', 1, 3600, 'second');"
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
             "INSERT INTO account(account_id, country)"
             " SELECT printf('account-%%03d', i), iif(i %% 3, 'JP', 'US') FROM n;"
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
             "INSERT INTO team(team_id, account_id)"
             " SELECT printf('team-%%04d', i), printf('account-%%03d', (i + 3) / 4) FROM n;"
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
             "INSERT INTO app(client_id, account_id)"
             " SELECT printf('app-%%05d', i), printf('account-%%03d', (i + 39) / 40) FROM n;"
             "INSERT INTO app_team(client_id, team_id, assigned_at)"
             " SELECT client_id, printf('team-%%04d', (substr(client_id, 5) + 9) / 10),"
             "  datetime(%d, 'unixepoch') FROM app",
             TEAMS / 4, TEAMS, APPS, FIRST);
}

static void make_usage(sqlite3 *db, int64_t rows) {
  sqlite3_stmt *insert = prepare(db, INSERT_USAGE);
  struct usage_row row;
  for (int64_t i = 0; i < rows; i++) {
    usage_row(i, rows, &row);
    insert_usage(insert, &row);
  }
  sqlite3_finalize(insert);
}

/*
** Every quarter a team buys 94 to 110 % of what it is going to use in it, the last time 15 to 55 %;
** at least a token.
*/
static void make_lots(sqlite3 *db) {
  run_format(db,
             "WITH quarter(q) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7)),"
             " used(team_id, q, tokens) AS MATERIALIZED ("
             "  SELECT team_id, min(7, (unixepoch(occurred_at) - %d) / %lld),"
             "   sum(rate(api, sku, quantity, occurred_at))"
             "  FROM usage JOIN app_team USING (client_id) WHERE outcome <> 'failed' GROUP BY 1, 2)"
             "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
             " SELECT team_id, iif(q < 4, 'cloud_credit', 'flex_token'),"
             "  round(max(1, ifnull(tokens, 0) * (iif(q < 7, 94, 15)"
             "   + (substr(team_id, 6) * 31 + q * 7) %% iif(q < 7, 17, 41)) / 100.0), 2),"
             "  datetime(%d + q * %lld, 'unixepoch')"
             " FROM team CROSS JOIN quarter LEFT JOIN used USING (team_id, q)"
             " ORDER BY q, team_id",
             FIRST, SPAN / 8, FIRST, SPAN / 8);
}

void top_up(sqlite3 *db) {
  char at[24];
  instant_text(last_second() - TOP_UP_DAYS * INT64_C(86400), at);
  run_format(db,
             "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
             " SELECT team_id, 'flex_token', 1000000, '%s' FROM team; SELECT settle()",
             at);
}

char *median_team(sqlite3 *db) {
  return ask_text(db,
                  "SELECT team_id FROM usage JOIN app_team USING (client_id) GROUP BY team_id"
                  " ORDER BY count(*) LIMIT 1 OFFSET (SELECT count(*) / 2 FROM team)");
}

/* ---- files ---- */

/* Tells schemas apart: a file of another schema is of no use. */
static uint64_t schema_print(const struct bench *bench) {
  sqlite3 *db = open_billing(bench, ":memory:");
  char *schema;
  uint64_t print = 0;
  run_sql(db, "SELECT billing_install()");
  schema = ask_text(db, "SELECT '" VERSION "' || group_concat(sql, ';') FROM sqlite_schema");
  for (const char *at = schema; *at; at++) print = mix(print ^ (unsigned char)*at);
  sqlite3_free(schema);
  close_file(db);
  return print;
}

static bool is_there(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file) fclose(file);
  return file != NULL;
}

static char *print_path(const struct bench *bench, const char *name, int64_t rows) {
  return path_of(bench, "%s-%lld-%08llx.db", name, (long long)rows,
                 (unsigned long long)(schema_print(bench) >> 32));
}

/* Those of that size which an older schema left. */
static void remove_old(const struct bench *bench, const char *name, int64_t rows) {
  char *pattern = path_of(bench, "%s-%lld-*.db", name, (long long)rows);
  glob_t found;
  if (glob(pattern, 0, NULL, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; i++) remove_file(found.gl_pathv[i]);
    globfree(&found);
  }
  sqlite3_free(pattern);
}

char *pending_file(const struct bench *bench, int64_t rows) {
  char *path = print_path(bench, "pending", rows), *draft;
  sqlite3 *db;
  if (is_there(path)) return path;
  fprintf(stderr, "bench: making %s\n", path);
  remove_old(bench, "pending", rows);
  draft = path_of(bench, "draft.db");
  remove_file(draft);
  db = open_billing(bench, draft);
  run_sql(db, "PRAGMA synchronous = OFF; SELECT billing_install(); BEGIN");
  make_teams(db);
  make_usage(db, rows);
  make_lots(db);
  run_sql(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  close_file(db);
  rename(draft, path);
  sqlite3_free(draft);
  return path;
}

/*
** Settled by the extension as it is now, so made once in every run (for a single side: if
** missing).
*/
char *settled_file(const struct bench *bench, int64_t rows) {
  static char *made[2];
  static int64_t made_rows[2];
  int slot = made[0] && made_rows[0] != rows;
  char *pending;
  sqlite3 *db;
  if (made[slot]) return made[slot];
  pending = pending_file(bench, rows);
  made[slot] = print_path(bench, "settled", rows);
  made_rows[slot] = rows;
  if (bench->only && is_there(made[slot])) return made[slot];
  remove_old(bench, "settled", rows);
  copy_file(pending, made[slot]);
  db = open_billing(bench, made[slot]);
  run_sql(db, "SELECT settle(); PRAGMA wal_checkpoint(TRUNCATE)");
  close_file(db);
  sqlite3_free(pending);
  return made[slot];
}
