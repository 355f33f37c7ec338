/*
** Every allocation fails in turn: alone, with all that follow until the call is over, or with all
** that follow until the connection is closed. And every step is interrupted in turn, as
** sqlite3_interrupt() and Ctrl-C do.
*/
#include <stdio.h>
#include <string.h>

#include "fault.h"

struct call {
  const char *name;
  const char *before; /* makes the database that the call finds; NULL: an empty one */
  const char *more;   /* and this too; NULL: nothing */
  const char *sql;    /* the call; NULL: the extension is loaded */
  const char *after;  /* with which it may go on when it failed; NULL: with itself */
  bool installs;      /* there is no schema before it */
  bool utf16;
  bool unread; /* SQLite has not read the schema yet: that alone are 13000 allocations */
};

enum mode { ONCE, LASTING, TO_THE_END, INTERRUPT, MODES };

static const char *const mode_names[] = {"memory, %s, once", "memory, %s, lasting",
                                         "memory, %s, to the end", "interrupt, %s"};

/* ---- the calls ---- */

#define LATER                                                                       \
  "SELECT settle();"                                                                \
  "UPDATE usage SET quantity = 1800 WHERE usage_id = 20;"                           \
  "INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES"       \
  " (21, 'B', 'flex_token', 6, '2025-07-20 10:00:00');"                             \
  "INSERT INTO usage(usage_id, client_id, api, sku, occurred_at, source_id) VALUES" \
  " (201, 'a', 'model-derivative', 'rvt', '2025-07-19 10:00:00', 'u201');"
#define INSERT_ONE(id, client, at)                                                             \
  "INSERT OR IGNORE INTO usage(usage_id, client_id, api, sku, occurred_at, source_id) VALUES " \
  "(" #id ", '" client "', 'model-derivative', 'rvt', '" at "', 's" #id "');"

static const char pays_at_once[] = INSERT_ONE(301, "c", "2025-08-02 10:00:00")
    INSERT_ONE(302, "c", "2025-08-02 10:00:01") INSERT_ONE(303, "b", "2025-08-02 10:00:02")
        INSERT_ONE(304, "e", "2025-08-02 10:00:03") INSERT_ONE(305, "?", "2025-08-02 10:00:04");
/* Rows that come in bulk, beside closed periods, tiers and moves, and their settling. */
#define BULK                                                                                      \
  "WITH RECURSIVE n(i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 1060)"             \
  " INSERT OR IGNORE INTO usage(usage_id, client_id, api, sku, quantity, occurred_at, source_id)" \
  " SELECT i, substr('abc', i % 3 + 1, 1), iif(i % 5, 'model-derivative', 'calls'),"              \
  "  iif(i % 5, 'dwg', 'read'), i % 50, datetime('2025-07-22', (i * 7 % 900) || ' hours'),"       \
  "  'u' || i FROM n;"                                                                            \
  "SELECT settle()"
static const char comes_late[] =
    INSERT_ONE(301, "c", "2025-07-02 10:00:00") INSERT_ONE(302, "a", "2025-07-10 10:00:01");
static const char changes[] =
    "INSERT OR IGNORE INTO token_lot(lot_id, team_id, kind, tokens, purchased_at, source_id) VALUES"
    " (31, 'B', 'flex_token', 6, '2025-07-20 10:00:00', 'l31');"
    "DELETE FROM usage WHERE usage_id = 5;"
    "INSERT OR IGNORE INTO period_close(team_id, closed_until) VALUES ('A', '2025-07-18 "
    "00:00:00');";

/*
** Good rows, bad ones, one that is there, a header, a retry and a correction: again they change
** nothing.
*/
static const char imports[] =
    "BEGIN; INSERT INTO usage_import(source_id, client_id, api, sku, quantity, occurred_at, line)"
    " VALUES ('i1', 'a', 'model-derivative', 'rvt', '1', '2025-08-02T10:00:00Z', 1),"
    " ('i2', 'b', 'model-derivative', 'rvt', '-4', '2025-08-02 10:00:01', 2),"
    " ('u20', 'b', 'model-derivative', 'rvt', '1', '2025-08-02 10:00:02', 3),"
    " ('i3', 'c', 'model-derivative', 'dwg', '1', 'soon', NULL); COMMIT;"
    "INSERT INTO usage_import VALUES ('occurred_at', 'client_id', 'api', NULL, 'quantity',"
    " 'source_id', NULL, NULL, NULL),"
    " ('2025-08-02 10:00:03', 'c', 'viewer', NULL, 1, 'i4', NULL, NULL, NULL);"
    "BEGIN; UPDATE usage_reject SET quantity = 4 WHERE source_id = 'i2';"
    "INSERT INTO usage_import(reject_id) SELECT reject_id FROM usage_reject; COMMIT;"
    "INSERT INTO usage_import(source_id, client_id, api, sku, quantity, occurred_at, mode)"
    " VALUES ('u19', 'a', 'model-derivative', 'rvt', 3, '2025-07-14 10:00:00', 'upsert');"
    "SELECT line, column, value, reason FROM usage_reject ORDER BY reject_id;";

static const struct call calls[] = {
    {.name = "load"},
    {.name = "load from SQL", .sql = "LOAD"},
    {.name = "install", .sql = "SELECT billing_install()", .installs = true},
    {.name = "first settle", .before = story_plain, .sql = "SELECT settle()"},
    {.name = "bulk settle", .before = story_plain, .more = story_full, .sql = BULK},
    {.name = "bulk settle, utf-16",
     .before = story_plain,
     .more = story_full,
     .sql = BULK,
     .utf16 = true},
    {.name = "settle, schema not read",
     .before = story_plain,
     .more = LATER,
     .sql = "SELECT settle()",
     .unread = true},
    {.name = "settle in a transaction",
     .before = story_plain,
     .more = LATER,
     .sql = "BEGIN; SELECT settle(); COMMIT"},
    {.name = "settle a team", .before = story_plain, .more = LATER, .sql = "SELECT settle('B')"},
    {.name = "settle by insert",
     .before = story_plain,
     .more = LATER,
     .sql = "INSERT INTO settlement(team_id) VALUES (NULL)"},
    {.name = "autosettle on",
     .before = story_plain,
     .more = LATER,
     .sql = "SELECT billing_autosettle(1)"},
    {.name = "autosettle off",
     .before = story_plain,
     .more = "SELECT billing_autosettle(1)",
     .sql = "SELECT billing_autosettle(0)"},
    {.name = "autosettled inserts",
     .before = story_plain,
     .more = "SELECT billing_autosettle(1)",
     .sql = pays_at_once},
    {.name = "autosettled inserts, utf-16",
     .before = story_plain,
     .more = "SELECT billing_autosettle(1)",
     .sql = pays_at_once,
     .utf16 = true},
    {.name = "autosettled late inserts",
     .before = story_plain,
     .more = "SELECT billing_autosettle(1)",
     .sql = comes_late},
    {.name = "autosettled facts",
     .before = story_plain,
     .more = "SELECT billing_autosettle(1)",
     .sql = changes},
    {.name = "import", .before = story_plain, .more = "SELECT settle()", .sql = imports},
    {.name = "import, utf-16",
     .before = story_plain,
     .more = "SELECT billing_autosettle(1)",
     .sql = imports,
     .utf16 = true},
    {.name = "alerts on",
     .before = story_plain,
     .more = LATER,
     .sql = "SELECT billing_alerts(1); SELECT billing_guard(1); SELECT settle()"},
    {.name = "alerts off",
     .before = story_plain,
     .more = LATER "SELECT billing_alerts(1), billing_guard(1)",
     .sql = "SELECT billing_alerts(0); SELECT billing_guard(0);"},
    {.name = "wallet_balance",
     .before = story_plain,
     .more = LATER "SELECT settle()",
     .sql = "SELECT * FROM wallet_balance WHERE at = '2025-07-25 00:00:00' ORDER BY team_id;"
            "SELECT * FROM lot_balance('A', '2025-07-25 00:00:00');"},
    {.name = "usage_daily",
     .before = story_plain,
     .more = LATER "SELECT settle()",
     .sql = "SELECT * FROM usage_daily ORDER BY 1, 2, 3, 4, 5;"
            "SELECT * FROM uncharged_usage('B', '2025-07-15 00:00:00');"},
    {.name = "billing_check",
     .before = story_plain,
     .more = LATER "SELECT settle()",
     .sql = "SELECT * FROM billing_check"},
    {.name = "preview",
     .before = story_plain,
     .more = LATER "DELETE FROM usage WHERE usage_id = 5",
     .sql = "SELECT * FROM settlement_preview"},
    {.name = "explain_charge",
     .before = story_plain,
     .more = LATER "SELECT settle()",
     .sql = "SELECT * FROM explain_charge(10); SELECT * FROM wallet_forecast('B');"
            "SELECT * FROM billing_alert('B');"},
    {.name = "pages",
     .before = story_plain,
     .more = LATER "SELECT settle()",
     .sql = "SELECT * FROM usage_page('A', '2025-07-01', '2025-08-01', 0, '2025-08-01');"
            "SELECT * FROM balances_page('A', '2025-08-01');"
            "SELECT * FROM month_statement('A', '2025-07');"
            "SELECT * FROM charge_back('A', '2025-07-01', '2025-08-01', '2025-08-01');"
            "SELECT * FROM usage_bars('A', '2025-07-01', '2025-08-01', 'Z', '2025-08-01');"},
    {.name = "series",
     .before = story_plain,
     .more = LATER "SELECT settle()",
     .sql = "SELECT * FROM balance_series('B', '2025-07-01', '2025-08-01', 'week');"
            "SELECT * FROM lot_series('B', '2025-07-01', '2025-08-01', 'week');"
            "SELECT * FROM usage_series('B', '2025-07-01', '2025-07-20', 'day', '+09:00', 1,"
            " '2025-08-01');"
            "SELECT * FROM forecast_series('B', '2025-08-01', 3);"},
    {.name = "other reading tables",
     .before = story_plain,
     .more = LATER "INSERT INTO budget(team_id, tokens, starts_at) VALUES"
                   " ('A', 3, '2025-07-01 00:00:00'); SELECT settle()",
     .sql = "SELECT * FROM ledger('A'); SELECT * FROM usage_status('A', '2025-07-25 00:00:00');"
            "SELECT * FROM unrated_usage; SELECT * FROM token_events('A');"
            "SELECT * FROM budget_status('A', '2025-08-01 00:00:00');"
            "SELECT * FROM billing_help('settle()'); SELECT * FROM billing_setting;"},
    {.name = "preview of a team",
     .before = story_plain,
     .more = LATER "INSERT INTO usage(usage_id, client_id, api, sku, occurred_at) VALUES"
                   " (401, 'b', 'model-derivative', 'rvt', '2025-07-19 11:00:00')",
     .sql = "SELECT * FROM settlement_preview('B'); SELECT * FROM explain_charge(401);"
            "SELECT * FROM usage_status WHERE usage_id = 401;"},
    {.name = "guarded inserts",
     .before = story_plain,
     .more = "SELECT billing_autosettle(1); SELECT billing_guard(1)",
     .sql =
         INSERT_ONE(301, "c", "2025-07-10 10:00:00") INSERT_ONE(302, "e", "2025-08-02 10:00:03")},
    {.name = "rebuild",
     .before = story_plain,
     .more = LATER "SELECT settle()",
     .sql = "SELECT billing_rebuild()"},
    {.name = "dated facts",
     .before = story_plain,
     .more = "SELECT billing_autosettle(1)",
     .sql = "INSERT OR REPLACE INTO account_agreement VALUES ('acme', 'eba', '2025-07-20 "
            "00:00:00');"
            "INSERT OR REPLACE INTO policy_change VALUES ('grace_days', 3, '2025-07-10 00:00:00');"
            "INSERT OR REPLACE INTO app_owner VALUES ('e', 'big', '2025-07-10 00:00:00');"
            "INSERT OR REPLACE INTO rate_card(api, sku, effective_from, tokens, per) VALUES"
            " ('model-derivative', 'dwg', '2025-07-15 00:00:00', 2, 1);"},
    {.name = "readings, utf-16",
     .before = story_plain,
     .more = LATER "SELECT settle()",
     .sql = "SELECT * FROM wallet_forecast('B', '2025-07-25 00:00:00', '7');"
            "SELECT * FROM explain_charge(10);"
            "SELECT * FROM wallet_balance('A', '2025-07-25 00:00:00');",
     .utf16 = true},
};
#define CALL_COUNT (sizeof(calls) / sizeof(calls[0]))

/* ---- one fault ---- */

struct trial {
  const struct options *options;
  const struct call *call;
  struct image image;  /* the database before the call */
  struct text said;    /* what the call says when nothing fails */
  struct text ledger;  /* and what it leads to */
  long errors, rights; /* faults that were reported, and that did no harm */
};

static bool loads(const struct call *call) {
  return !call->sql || strcmp(call->sql, "LOAD") == 0;
}

static sqlite3 *open_trial(const struct trial *trial) {
  sqlite3 *db = open_memory();
  if (trial->image.bytes) image_put(db, &trial->image);
  if (loads(trial->call)) {
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
    sqlite3_enable_load_extension(db, 1);
  } else if (load_extension(db, trial->options) != SQLITE_OK) {
    stop(trial->options->extension, sqlite3_errmsg(db));
  }
  if (!trial->call->unread) must_run(db, "SELECT 1 FROM sqlite_schema");
  return db;
}

static int make_call(const struct trial *trial, sqlite3 *db, struct text *said) {
  char sql[512];
  if (!trial->call->sql) return load_extension(db, trial->options);
  if (!loads(trial->call)) return run_sql(db, trial->call->sql, said);
  snprintf(sql, sizeof(sql), "SELECT load_extension('%s')", trial->options->extension);
  return run_sql(db, sql, said);
}

static bool tells_it(const struct call *call, enum mode mode, int rc) {
  if (mode == INTERRUPT && rc == SQLITE_INTERRUPT) return true;
  if (mode == INTERRUPT && !loads(call)) return false;
  if ((rc & 0xFF) == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM) return true;
  return loads(call) && rc == SQLITE_ERROR; /* SQLite says no more of a failed load */
}

static void check_call(struct trial *trial, enum mode mode, sqlite3 *db, int rc,
                       const struct text *said) {
  if (rc == SQLITE_OK) {
    trial->rights++;
    if (!text_same(&trial->said, said)) text_tell_difference("the answer", &trial->said, said);
  } else {
    trial->errors++;
    if (!tells_it(trial->call, mode, rc)) {
      test_complain("code %d, %s", rc, sqlite3_errmsg(db));
    }
  }
}

/*
** After the fault, on the same connection: nothing is left over, and the same call does its work.
*/
static void check_recovery(const struct trial *trial, sqlite3 *db, int rc) {
  bool in_transaction = trial->call->sql && strncmp(trial->call->sql, "BEGIN", 5) == 0;
  if (!sqlite3_get_autocommit(db)) {
    if (!in_transaction) test_complain("a transaction is left open");
    run_sql(db, "ROLLBACK", NULL);
  }
  if (rc != SQLITE_OK) {
    /* What a statement had loaded in part it can't replace: see sqlite3_billing_init(). */
    rc = loads(trial->call) ? load_extension(db, trial->options) : make_call(trial, db, NULL);
    if (rc != SQLITE_OK) {
      test_complain("again: code %d, %s", rc, sqlite3_errmsg(db));
    }
  }
  if (loads(trial->call)) must_run(db, "SELECT billing_install()");
  check_database(db, &trial->ledger);
}

/* at 0: only count */
static void arm(sqlite3 *db, enum mode mode, long at) {
  if (mode == INTERRUPT) {
    interrupt_arm(db, at);
  } else {
    memory_arm(at, mode != ONCE);
  }
}

/* Returns how many allocations or steps there were. */
static long disarm(sqlite3 *db, enum mode mode) {
  return mode == INTERRUPT ? interrupt_disarm(db) : memory_disarm();
}

static void try_fault(struct trial *trial, enum mode mode, long at) {
  sqlite3_int64 used = sqlite3_memory_used();
  sqlite3 *db = open_trial(trial);
  struct text said = {NULL, 0, 0};
  int rc;
  test_fault(at);
  arm(db, mode, at);
  rc = make_call(trial, db, &said);
  if (mode == TO_THE_END) {
    check_closes(db);
    memory_disarm();
  } else {
    disarm(db, mode);
    check_call(trial, mode, db, rc, &said);
    check_recovery(trial, db, rc);
    check_closes(db);
  }
  text_free(&said);
  if (sqlite3_memory_used() != used) {
    test_complain("%lld bytes are not freed", (long long)(sqlite3_memory_used() - used));
  }
}

/* ---- all faults of a call ---- */

static void prepare_image(struct trial *trial) {
  sqlite3 *db;
  if (loads(trial->call)) return;
  db = open_memory();
  if (trial->call->utf16) must_run(db, "PRAGMA encoding = 'UTF-16le'");
  if (load_extension(db, trial->options) != SQLITE_OK) {
    stop(trial->options->extension, sqlite3_errmsg(db));
  }
  must_run(db, "VACUUM"); /* a file of one page at least: an image needs it */
  if (!trial->call->installs) must_run(db, "SELECT billing_install()");
  if (trial->call->before) must_run(db, trial->call->before);
  if (trial->call->more) must_run(db, trial->call->more);
  image_take(db, &trial->image);
  sqlite3_close(db);
}

/* Without a fault: how many allocations or steps there are, and what is right. */
static long rehearse(struct trial *trial, enum mode mode) {
  sqlite3 *db = open_trial(trial);
  long total;
  text_free(&trial->said);
  text_free(&trial->ledger);
  arm(db, mode, 0);
  if (make_call(trial, db, &trial->said) != SQLITE_OK) stop(trial->call->name, sqlite3_errmsg(db));
  total = disarm(db, mode);
  if (loads(trial->call)) must_run(db, "SELECT billing_install()");
  must_run(db, "SELECT settle()");
  read_ledger(db, &trial->ledger);
  sqlite3_close(db);
  return total;
}

static void try_faults(struct trial *trial, enum mode mode) {
  const char *what = mode == INTERRUPT ? "steps" : "allocations";
  char name[100];
  long tried = 0, total;
  snprintf(name, sizeof(name), mode_names[mode], trial->call->name);
  if (!test_begin(trial->options, name)) return;
  total = rehearse(trial, mode);
  trial->errors = trial->rights = 0;
  for (long at = next_fault(trial->options, 0, total); at <= total;
       at = next_fault(trial->options, at, total)) {
    try_fault(trial, mode, at);
    tried++;
  }
  if (mode == TO_THE_END) {
    test_end("%ld of %ld %s", tried, total, what);
  } else {
    test_end("%ld of %ld %s, %ld errors, %ld right answers", tried, total, what, trial->errors,
             trial->rights);
  }
}

void test_calls(const struct options *options) {
  for (size_t i = 0; i < CALL_COUNT; i++) {
    struct trial trial = {.options = options, .call = &calls[i]};
    prepare_image(&trial);
    for (enum mode mode = ONCE; mode < MODES; mode++) try_faults(&trial, mode);
    image_free(&trial.image);
    text_free(&trial.said);
    text_free(&trial.ledger);
  }
}
