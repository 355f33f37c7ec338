/*
** 2 and 3: an autosettled insert against the same insert with a plain trigger that does one INSERT
** into a ledger and one UPDATE of a balance; many in a transaction, and each by itself.
*/
#include "bench.h"

#define BATCH 10000
#define ALONE 1000

struct inserting {
  sqlite3 *db;
  sqlite3_stmt *insert;
  int64_t next, rows;
  const struct usage_row *ready; /* made beforehand: making them is not what is timed */
};

static struct usage_row rows_ready[BATCH];

static void make_ready(void *context) {
  struct inserting *inserting = context;
  for (int i = 0; i < BATCH; i++) on_time(inserting->next + i, inserting->rows, &rows_ready[i]);
}

static void begin(void *context) {
  struct inserting *inserting = context;
  make_ready(inserting);
  run_sql(inserting->db, "BEGIN IMMEDIATE");
}

static void run_batch(void *context) {
  struct inserting *inserting = context;
  for (int i = 0; i < BATCH; i++) insert_usage(inserting->insert, &rows_ready[i]);
  inserting->next += BATCH;
}

static void commit(void *context) {
  struct inserting *inserting = context;
  run_sql(inserting->db, "COMMIT");
}

static void run_alone(void *context) {
  struct inserting *inserting = context;
  for (int i = 0; i < ALONE; i++) insert_usage(inserting->insert, &rows_ready[i]);
  inserting->next += ALONE;
}

static void drop_triggers(sqlite3 *db) {
  char *drop = ask_text(db,
                        "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema"
                        " WHERE type = 'trigger' AND tbl_name = 'usage'");
  run_sql(db, drop);
  sqlite3_free(drop);
}

/* Without the product's triggers on usage, and with a plain one; its tables are as large. */
static void make_plain(sqlite3 *db) {
  char *names = floor_names(db);
  char *values = floor_values(db, "NEW.", "NEW.usage_id * 7919 % 1000 + 8001");
  drop_triggers(db);
  floor_bare(db);
  run_format(db,
             "INSERT INTO floor_entry SELECT %s FROM ledger_entry;"
             "CREATE TABLE floor_balance(wallet_id INTEGER PRIMARY KEY, units INTEGER NOT NULL);"
             "INSERT INTO floor_balance SELECT wallet_id, 1000000000000 FROM _billing_wallet;"
             "CREATE TRIGGER plain AFTER INSERT ON usage BEGIN"
             " INSERT INTO floor_entry(%s) VALUES (%s);"
             " UPDATE floor_balance SET units = units - CAST(NEW.quantity * 180000 AS INTEGER)"
             "  WHERE wallet_id = NEW.usage_id * 7919 %% 1000 + 1;"
             "END",
             names, names, values);
  sqlite3_free(names);
  sqlite3_free(values);
}

static struct inserting open_copy(const struct bench *bench, const char *name, bool topped,
                                  bool plain) {
  struct inserting inserting = {.next = bench->rows, .rows = bench->rows};
  char *path = path_of(bench, name);
  copy_file(settled_file(bench, bench->rows), path);
  inserting.db = open_billing(bench, path);
  if (topped) top_up(inserting.db);
  if (plain) {
    make_plain(inserting.db);
  } else {
    run_sql(inserting.db, "SELECT billing_autosettle(1)");
  }
  inserting.insert = prepare(inserting.db, INSERT_USAGE);
  begin(&inserting); /* warm up */
  run_batch(&inserting);
  commit(&inserting);
  sqlite3_free(path);
  return inserting;
}

static void close_copy(const struct bench *bench, struct inserting *inserting, const char *name) {
  char *path = path_of(bench, name);
  sqlite3_finalize(inserting->insert);
  close_file(inserting->db);
  remove_file(path);
  sqlite3_free(path);
}

static void compare_together(const struct bench *bench, struct inserting *settled,
                             struct inserting *plain, struct inserting *owing) {
  struct side sides[] = {
      {"insert", settled, begin, run_batch, commit, BATCH, {0}},
      {"insert-floor", plain, begin, run_batch, commit, BATCH, {0}},
      {"insert-owing", owing, begin, run_batch, commit, BATCH, {0}},
  };
  compare(bench, sides, 3);
  report_ratio(bench, "2", "autosettled insert, in a transaction", "with a plain trigger",
               &sides[0], &sides[1], 1.5);
  report_ratio(bench, "2d", "the same, every team in debt", "with a plain trigger", &sides[2],
               &sides[1], 0);
}

static void compare_alone(const struct bench *bench, struct inserting *settled,
                          struct inserting *plain) {
  struct side sides[] = {
      {"insert-alone", settled, make_ready, run_alone, NULL, ALONE, {0}},
      {"insert-alone-floor", plain, make_ready, run_alone, NULL, ALONE, {0}},
  };
  compare(bench, sides, 2);
  report_ratio(bench, "3", "autosettled insert, autocommit", "with a plain trigger", &sides[0],
               &sides[1], 1.3);
}

void figure_insert(const struct bench *bench) {
  struct inserting settled = {0}, plain = {0}, owing = {0};
  struct bench many = *bench; /* noisy: more rounds */
  bool all = !bench->only;    /* under callgrind, what is not needed takes long */
  if (all || plays(bench, "insert")) settled = open_copy(bench, "autosettle.db", true, false);
  if (all || plays(bench, "insert-floor")) plain = open_copy(bench, "plain.db", true, true);
  if (all || plays(bench, "insert-owing")) owing = open_copy(bench, "owing.db", false, false);
  if (all) many.rounds = 15;
  compare_together(&many, &settled, &plain, &owing);
  if (all) compare_alone(bench, &settled, &plain);
  report_note(
      "2, 3: rows on time, after every team has bought enough; the floor is the same insert into a"
      " copy of the file whose triggers on usage (checks too) are dropped for one that does an "
      "INSERT"
      " into a table like the ledger, and an UPDATE of a balance by its key");
  report_note(
      "2d: without that purchase: nearly every team has open debts, and no lot to draw from");
  close_copy(bench, &settled, "autosettle.db");
  close_copy(bench, &plain, "plain.db");
  close_copy(bench, &owing, "owing.db");
}
