/*
** 1: settle() of all rows against INSERT … SELECT of as many ledger rows; 4: its cost per row at
** both sizes, and its memory; 9: what it leaves in the file.
*/
#include "bench.h"

#include <unistd.h>

struct settling {
  const struct bench *bench;
  sqlite3 *db;
  char *pending, *work;
  const char *sql;
  bool same;                      /* the floor's table: with the ledger's virtual columns */
  sqlite3_int64 heap, page_cache; /* bytes at most, of the run */
};

static void open_pending(void *context) {
  struct settling *settling = context;
  copy_file(settling->pending, settling->work);
  settling->db = open_billing(settling->bench, settling->work);
}

static void run_settling(void *context) {
  struct settling *settling = context;
  run_sql(settling->db, settling->sql);
}

static void close_work(void *context) {
  struct settling *settling = context;
  close_file(settling->db);
  remove_file(settling->work);
}

/* ---- the floor ---- */

static char *floor_insert(sqlite3 *db, const char *lot, int64_t entries) {
  return sqlite3_mprintf("INSERT INTO floor_entry(%z) SELECT %z FROM usage LIMIT %lld",
                         floor_names(db), floor_values(db, "", lot), (long long)entries);
}

static void open_floor(void *context) {
  struct settling *settling = context;
  open_pending(settling);
  if (settling->same) {
    floor_same(settling->db);
  } else {
    floor_bare(settling->db);
  }
}

/* ---- memory ---- */

static void run_watched(void *context) {
  struct settling *settling = context;
  int64_t now;
  sqlite3_int64 memory, pages, at_most;
  sqlite3_status64(SQLITE_STATUS_MEMORY_USED, &memory, &at_most, 1);
  sqlite3_status64(SQLITE_STATUS_PAGECACHE_OVERFLOW, &pages, &at_most, 1);
  now = memory - pages;
  run_settling(settling);
  sqlite3_status64(SQLITE_STATUS_PAGECACHE_OVERFLOW, &pages, &settling->page_cache, 0);
  sqlite3_status64(SQLITE_STATUS_MEMORY_USED, &memory, &at_most, 0);
  settling->heap = at_most - settling->page_cache - now;
}

/* ---- 9 ---- */

static void report_bytes(const struct bench *bench) {
  sqlite3 *db = open_billing(bench, settled_file(bench, bench->rows));
  sqlite3_stmt *table;
  double all = 0;
  if (ask_int(db, "SELECT count(*) FROM pragma_module_list WHERE name = 'dbstat'") == 0) {
    report_note("9 is missing: this SQLite has no dbstat");
    close_file(db);
    return;
  }
  report_note("9: bytes a usage row, of each table or index with any:");
  table = prepare(db,
                  "SELECT name, sum(pgsize) AS bytes FROM dbstat WHERE name NOT IN ("
                  " 'usage', 'sqlite_autoindex_usage_1', 'app', 'sqlite_autoindex_app_1', "
                  "'sqlite_autoindex_app_team_1',"
                  " 'team', 'sqlite_autoindex_team_1', 'team_by_account', 'token_lot',"
                  " 'sqlite_autoindex_token_lot_1', 'token_lot_by_team', 'account',"
                  " 'sqlite_autoindex_account_1', 'sqlite_schema')"
                  " GROUP BY name HAVING bytes > 16384 ORDER BY bytes DESC");
  while (sqlite3_step(table) == SQLITE_ROW) {
    double bytes = sqlite3_column_double(table, 1) / (double)bench->rows;
    report_note("9: %s %.1f", sqlite3_column_text(table, 0), bytes);
    all += bytes;
  }
  sqlite3_finalize(table);
  report_value("9", "bytes added per usage row", "–", all, " bytes", 60);
  report_note("9: free pages that settle() leaves in the file, %.1f bytes a usage row",
              (double)ask_int(db,
                              "SELECT freelist_count * page_size"
                              " FROM pragma_freelist_count, pragma_page_size") /
                  (double)bench->rows);
  close_file(db);
}

/* ---- all of it ---- */

static void report_settle(const struct bench *bench, const struct side *sides,
                          const struct settling *settled) {
  report_ratio(bench, "1", "settle() of all rows", "INSERT … SELECT, as usage arrives", &sides[0],
               &sides[1], 2.5);
  report_ratio(bench, "1v", "settle() of all rows", "the same, with the ledger's virtual columns",
               &sides[0], &sides[4], 0);
  report_ratio(bench, "1k", "settle() of all rows", "INSERT … SELECT, in key order", &sides[0],
               &sides[2], 0);
  report_ratio(bench, "4", "settle(), a row of all", "settle(), a row of 100,000", &sides[0],
               &sides[3], 1.3);
  report_value("4m", "memory of settle()", "above the page cache", (double)settled->heap / 1048576,
               " MiB", 64);
}

void figure_settle(const struct bench *bench) {
  sqlite3 *db = open_billing(bench, settled_file(bench, bench->rows));
  int64_t entries = ask_int(db, "SELECT count(*) FROM ledger_entry");
  char *spread = sqlite3_mprintf("usage_id * 7919 %% %d * 8 + usage_id * 8 / %lld", TEAMS,
                                 (long long)bench->rows + 1);
  char *sorted = sqlite3_mprintf("usage_id * %d / %lld", TEAMS * 8, (long long)bench->rows + 1);
  struct settling settle = {.bench = bench, .sql = "SELECT settle()"};
  struct settling floor = {.bench = bench}, keyed = {.bench = bench}, same, small;
  struct side sides[] = {
      {"settle", &settle, open_pending, run_watched, close_work, bench->rows, {0}},
      {"settle-floor", &floor, open_floor, run_settling, close_work, bench->rows, {0}},
      {"settle-floor-in-order", &keyed, open_floor, run_settling, close_work, bench->rows, {0}},
      {"settle-small", &small, open_pending, run_settling, close_work, SMALL_ROWS, {0}},
      {"settle-floor-virtual", &same, open_floor, run_settling, close_work, bench->rows, {0}},
  };
  settle.pending = floor.pending = keyed.pending = pending_file(bench, bench->rows);
  settle.work = floor.work = keyed.work = path_of(bench, "work-%d.db", (int)getpid());
  small = settle;
  small.pending = pending_file(bench, SMALL_ROWS);
  floor.sql = floor_insert(db, spread, entries);
  keyed.sql = floor_insert(db, sorted, entries);
  same = floor;
  same.same = true;
  report_note(
      "1: the ledger has %lld rows for %lld usage rows (%lld offsets); %lld usages still owe",
      (long long)entries, (long long)bench->rows,
      (long long)ask_int(db, "SELECT count(*) FROM ledger_entry WHERE is_offset"),
      (long long)ask_int(db, "SELECT count(*) FROM uncharged_usage"));
  report_note(
      "1: the floor is `%s`, into a table with the ledger's stored columns and its key; at"
      " any time its rows go to the ends of a thousand lots in turn, as they would in the order"
      " of usage",
      floor.sql);
  report_note("1k: the same with lot_id = `%s`: every row goes to the end of the table", sorted);
  close_file(db);
  compare(bench, sides, 5);
  report_settle(bench, sides, &settle);
  if (!bench->only) report_bytes(bench);
}
