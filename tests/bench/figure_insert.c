/*
** 2 and 3: an autosettled insert against the same insert with a plain trigger that does one INSERT into
** a ledger and one UPDATE of a balance; many in a transaction, and each by itself.
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

/* Without the product's triggers, with a plain one; the tables hold what they hold beside it. */
static void make_plain(sqlite3 *db) {
  sqlite3_stmt *trigger = prepare(
      db, "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema"
          " WHERE type = 'trigger' AND tbl_name = 'usage'");
  if (sqlite3_step(trigger) == SQLITE_ROW) {
    char *drop = sqlite3_mprintf("%s", sqlite3_column_text(trigger, 0));
    sqlite3_finalize(trigger);
    run_sql(db, drop);
    sqlite3_free(drop);
  }
  run_sql(db,
          "CREATE TABLE plain_balance(wallet_id INTEGER PRIMARY KEY, units INTEGER NOT NULL);"
          "INSERT INTO plain_balance SELECT wallet_id, 1000000000000 FROM wallet;"
          "CREATE TRIGGER plain AFTER INSERT ON usage BEGIN"
          " INSERT INTO ledger_entry(lot_id, charged_ms, lot_used, usage_id, units, part, is_offset)"
          "  VALUES (NEW.usage_id * 7919 % 1000 + 8000, 1699315200000 + NEW.usage_id * 60000,"
          "   NEW.usage_id * 1800, NEW.usage_id, CAST(NEW.quantity * 180000 AS INTEGER), 0, 0);"
          " UPDATE plain_balance SET units = units - CAST(NEW.quantity * 180000 AS INTEGER)"
          "  WHERE wallet_id = NEW.usage_id * 7919 % 1000 + 1;"
          "END");
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

void figure_insert(const struct bench *bench) {
  struct inserting settled = open_copy(bench, "autosettle.db", true, false);
  struct inserting plain = open_copy(bench, "plain.db", true, true);
  struct side together[] = {
      {"insert", &settled, begin, run_batch, commit, BATCH, NULL},
      {"insert-floor", &plain, begin, run_batch, commit, BATCH, NULL},
  };
  struct side alone[] = {
      {"insert-alone", &settled, make_ready, run_alone, NULL, ALONE, NULL},
      {"insert-alone-floor", &plain, make_ready, run_alone, NULL, ALONE, NULL},
  };
  compare(bench, together, 2);
  report_ratio(bench, "2", "autosettled insert, in a transaction", "with a plain trigger",
               &together[0], &together[1], 1.5);
  compare(bench, alone, 2);
  report_ratio(bench, "3", "autosettled insert, autocommit", "with a plain trigger", &alone[0],
               &alone[1], 1.3);
  report_note("2, 3: rows on time, after every team has bought enough; the floor is the same insert"
              " into a copy of the file whose triggers on usage (checks too) are dropped for one that"
              " does `INSERT INTO ledger_entry` and `UPDATE plain_balance`, both by key");
  close_copy(bench, &settled, "autosettle.db");
  close_copy(bench, &plain, "plain.db");
}
