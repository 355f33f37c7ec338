/*
** 11: autosettled inserts that are not the easy case, each against the easy case: usage of a team
** that has enough, the next minute each time. Teams of a database of their own; every team sees
** 1,000 rows first, so that a cost that grows with what is there shows.
*/
#include "bench.h"

#include <stdio.h>

#define BEFORE 1000
#define BATCH 500

enum { EASY, OWING, OWING_MUCH, MOVED, CARRY, INSTANT, COMING, TIERS, CASES };

static const char *const names[] = {"ahead-easy",   "ahead-owing", "ahead-owing-much",
                                    "ahead-moved",  "ahead-carry", "ahead-instant",
                                    "ahead-coming", "ahead-tiers"};

struct team {
  sqlite3_stmt *insert, *other; /* by turns; the same but for figure 11t */
  char client[8];
  const char *sku;
  bool same_instant;
  int64_t next;
};

static void insert_one(struct team *team) {
  struct usage_row row = {.api = "model-derivative", .outcome = "success", .quantity = 1};
  sqlite3_stmt *insert = team->next % 2 ? team->other : team->insert;
  int64_t minutes = team->same_instant ? 0 : team->next;
  row.sku = team->sku;
  snprintf(row.client_id, sizeof(row.client_id), "%s", team->client);
  instant_text(first_second() + 86400 + minutes * 60, row.occurred_at);
  insert_usage(insert, &row);
  team->next++;
}

static void run_batch(void *context) {
  for (int i = 0; i < BATCH; i++) insert_one(context);
}

static sqlite3 *db_of(const struct team *team) {
  return sqlite3_db_handle(team->insert);
}

static void begin(void *context) {
  run_sql(db_of(context), "BEGIN IMMEDIATE");
}

static void commit(void *context) {
  run_sql(db_of(context), "COMMIT");
}

/*
** Team and app tN and cN; 0 buys enough, 1 one lot that comes later, 2 eight that do not suffice
** …
*/
static void make_facts(sqlite3 *db) {
  run_sql(db,
          "INSERT INTO account(account_id, country) VALUES ('a', 'US');"
          "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 8)"
          "INSERT INTO team(team_id, account_id) SELECT 't' || i, 'a' FROM n;"
          "INSERT INTO app(client_id, account_id) SELECT 'c' || substr(team_id, 2), 'a' FROM team;"
          "INSERT INTO app_team(client_id, team_id, assigned_at)"
          " SELECT 'c' || substr(team_id, 2), team_id, '2021-01-01 00:00:00' FROM team;"
          "INSERT INTO rate_card(api, sku, effective_from, tokens, per, unit, rounding)"
          " VALUES ('model-derivative', 'odd', '2021-01-01 00:00:00', 0.5, 3, 'job', 'carry'),"
          " ('model-derivative', 'many', '2021-01-01 00:00:00', 0.5, 1, 'job', 'none');"
          "INSERT INTO rate_tier(api, sku, effective_from, above, tokens) VALUES"
          " ('model-derivative', 'many', '2021-01-01 00:00:00', 100, 0.4),"
          " ('model-derivative', 'many', '2021-01-01 00:00:00', 1000, 0.3),"
          " ('model-derivative', 'many', '2021-01-01 00:00:00', 1000000, 0.2);"
          "INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at)"
          " SELECT substr(team_id, 2) + 1, team_id, 'cloud_credit', 10000000, '2021-11-01 00:00:00'"
          " FROM team WHERE team_id IN ('t0', 't3', 't4', 't6', 't7', 't8');"
          "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
          " VALUES ('t1', 'cloud_credit', 10000000, '2022-11-01 00:00:00'),"
          " ('t5', 'cloud_credit', 100, '2021-11-01 00:00:00');"
          "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 7)"
          "INSERT INTO token_lot(team_id, kind, tokens, purchased_at)"
          " SELECT team_id, 'cloud_credit', 20, datetime('2022-10-01', i || ' days')"
          " FROM n CROSS JOIN team WHERE team_id IN ('t2', 't6');"
          "INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (9, 't3', '2022-01-01 00:00:00');"
          "SELECT billing_autosettle(1)");
}

static void compare_cases(const struct bench *bench, sqlite3 *db) {
  static const char *const works[] = {"",
                                      "in debt, one lot to come",
                                      "in debt, eight lots to come that do not suffice",
                                      "from a wallet that a lot is going to move to",
                                      "of a price that carries over",
                                      "of one instant, in debt",
                                      "eight lots to come",
                                      "of a price in four tiers"};
  static const char *const figures[] = {"", "11d", "11e", "11m", "11c", "11i", "11l", "11g"};
  static const char *const skus[CASES] = {[CARRY] = "odd", [TIERS] = "many"};
  struct team teams[CASES];
  struct side sides[CASES];
  for (int i = 0; i < CASES; i++) {
    sqlite3_stmt *insert = prepare(db, INSERT_USAGE);
    teams[i] = (struct team){.insert = insert, .other = insert, .sku = skus[i] ? skus[i] : "dwg"};
    teams[i].same_instant = i == INSTANT;
    snprintf(teams[i].client, sizeof(teams[i].client), "c%d", i);
    sides[i] = (struct side){names[i], &teams[i], begin, run_batch, commit, BATCH, {0}};
    begin(&teams[i]);
    while (teams[i].next < BEFORE) insert_one(&teams[i]);
    commit(&teams[i]);
  }
  compare(bench, sides, CASES);
  for (int i = 1; i < CASES; i++) {
    char *work = sqlite3_mprintf("autosettled insert, %s", works[i]);
    report_ratio(bench, figures[i], work, "its easy case", &sides[i], &sides[EASY], 3);
    sqlite3_free(work);
  }
  for (int i = 0; i < CASES; i++) sqlite3_finalize(teams[i].insert);
}

static void compare_turns(const struct bench *bench, sqlite3 *db, const char *path) {
  sqlite3 *second = open_billing(bench, path);
  sqlite3_stmt *mine = prepare(db, INSERT_USAGE), *others = prepare(second, INSERT_USAGE);
  struct team alone = {mine, mine, "c8", "dwg", false, 0};
  struct team turns = {mine, others, "c0", "dwg", false, INT64_C(10) * BEFORE};
  struct side sides[] = {{"alone", &alone, NULL, run_batch, NULL, BATCH, {0}},
                         {"by-turns", &turns, NULL, run_batch, NULL, BATCH, {0}}};
  turns.next *= 10; /* after what the cases have used */
  compare(bench, sides, 2);
  report_ratio(bench, "11t", "autosettled insert, autocommit, two connections by turns",
               "the same from one connection", &sides[1], &sides[0], 3);
  sqlite3_finalize(mine);
  sqlite3_finalize(others);
  close_file(second);
}

void figure_ahead(const struct bench *bench) {
  char *path = path_of(bench, "ahead.db");
  sqlite3 *db;
  remove_file(path);
  db = open_billing(bench, path);
  run_sql(db, "SELECT billing_install()");
  make_facts(db);
  compare_cases(bench, db);
  if (!bench->only) compare_turns(bench, db, path);
  report_note("11: each team has seen %d rows before; %d inserts in a transaction", BEFORE, BATCH);
  close_file(db);
  remove_file(path);
  sqlite3_free(path);
}
