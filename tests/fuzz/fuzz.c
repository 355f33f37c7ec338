/*
** Coverage-guided fuzzing with libFuzzer. FUZZ names what the bytes are:
**
**   times      the text of a time: read, stored and asked for as one instant or refused
**   functions  a function of the extension and its arguments
**   facts      changes of fact tables; afterwards billing_check has no error and a rebuild changes
**   nothing
**   sql        a script, under an authorizer that keeps it inside the database
**   file       bytes of a database file that are changed before it is read
**
** A property that fails ends the process by abort(), which libFuzzer reports with the input.
*/
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 2000000 /* of a statement's program, then it is interrupted */

int sqlite3_billing_init(sqlite3 *db, char **error, const void *api);
int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

typedef void target(const uint8_t *bytes, size_t size);

static struct {
  target *run;
  sqlite3 *db;
  unsigned char *image; /* of the world, for `file` */
  sqlite3_int64 image_size;
} fuzz;

static const char world[] =
    "PRAGMA page_size = 1024; SELECT billing_install();"
    "INSERT INTO account(account_id, country) VALUES ('a', 'JP'), ('b', 'JP');"
    "INSERT INTO team(team_id, account_id) VALUES ('t', 'a'), ('u', 'a'), ('v', 'b');"
    "INSERT INTO app(client_id, account_id) VALUES ('c', 'a'), ('d', 'a');"
    "INSERT INTO app_team(client_id, team_id, assigned_at) VALUES"
    " ('c', 't', '2020-01-01 00:00:00'), ('d', 'u', '2020-01-01 00:00:00');"
    "INSERT INTO token_lot(lot_id, team_id, kind, tokens, purchased_at) VALUES"
    " (1, 't', 'flex_token', 2, '2025-01-01 00:00:00'),"
    " (2, 'u', 'flex_token', 3, '2025-01-01 00:00:00');"
    "INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at) VALUES"
    " (1, 'c', 'model-derivative', 'rvt', 1, '2025-02-01 00:00:00'),"
    " (2, 'c', 'model-derivative', 'rvt', 9, '2025-02-05 00:00:00'),"
    " (3, 'd', 'design-automation', 'revit', 900, '2025-02-25 00:00:00');"
    "INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (2, 't', '2025-03-01 00:00:00');"
    "SELECT settle();";

/* ---- helpers ---- */

static void broken(const char *what, const char *why) {
  fprintf(stderr, "fuzz: %s: %s\n", what, why);
  abort();
}

static int steps(void *unused) {
  (void)unused;
  return 1;
}

static sqlite3 *open_world(void) {
  sqlite3 *db;
  if (sqlite3_open(":memory:", &db) != SQLITE_OK) broken(":memory:", "cannot be opened");
  if (sqlite3_exec(db, world, NULL, NULL, NULL)) broken("world", sqlite3_errmsg(db));
  return db;
}

static unsigned char *copy_image(void) {
  unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)fuzz.image_size);
  if (!copy) broken("image", "out of memory");
  return memcpy(copy, fuzz.image, (size_t)fuzz.image_size);
}

/* Takes the copy. Its statements end after STEPS. */
static sqlite3 *open_copy(unsigned char *copy) {
  sqlite3 *db;
  if (sqlite3_open(":memory:", &db) != SQLITE_OK) broken(":memory:", "cannot be opened");
  sqlite3_deserialize(db, "main", copy, fuzz.image_size, fuzz.image_size,
                      SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
  sqlite3_progress_handler(db, STEPS, steps, NULL);
  return db;
}

static void close_whole(sqlite3 *db) {
  if (sqlite3_close(db) != SQLITE_OK) broken("sqlite3_close", "a statement is left open");
}

/* The first column of the first row as text, or NULL; to be freed. */
static char *ask(sqlite3 *db, const char *sql, const void *text, int size) {
  sqlite3_stmt *stmt;
  char *said = NULL;
  if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL)) return NULL;
  for (int i = 1; i <= sqlite3_bind_parameter_count(stmt); i++) {
    sqlite3_bind_text(stmt, i, text, size, SQLITE_STATIC);
  }
  if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_text(stmt, 0)) {
    said = sqlite3_mprintf("%s", sqlite3_column_text(stmt, 0));
  }
  sqlite3_finalize(stmt);
  return said;
}

static bool same(const char *a, const char *b) {
  return a && b && strcmp(a, b) == 0;
}

/* ---- times ---- */

static void try_times(const uint8_t *bytes, size_t size) {
  sqlite3 *db = fuzz.db;
  int length = (int)size;
  char *utc = ask(db, "SELECT utc(?1)", bytes, length), *stored = NULL;
  if (utc) {
    char *twice = ask(db, "SELECT utc(?1)", utc, -1);
    if (!same(utc, twice)) broken("utc(utc(x)) is not utc(x)", utc);
    sqlite3_free(twice);
  }
  sqlite3_exec(db, "SAVEPOINT f", NULL, NULL, NULL);
  sqlite3_free(ask(db,
                   "INSERT INTO usage(usage_id, client_id, api, sku, occurred_at)"
                   " VALUES (99, 'c', 'model-derivative', 'rvt', ?1)",
                   bytes, length));
  stored = ask(db, "SELECT occurred_at FROM usage WHERE usage_id = 99", NULL, 0);
  if (stored && !same(stored, utc)) broken("a fact's time is another one than utc() says", stored);
  if (stored) {
    char *found = ask(db,
                      "SELECT usage_id FROM usage_status WHERE usage_id = 99 AND occurred_at = ?1"
                      " AND at = '9999-12-31 23:59:59.999'",
                      bytes, length);
    if (!same(found, "99")) broken("a row is not found by the time it was given", stored);
    sqlite3_free(found);
  }
  sqlite3_exec(db, "ROLLBACK TO f; RELEASE f", NULL, NULL, NULL);
  sqlite3_free(utc);
  sqlite3_free(stored);
}

/* ---- functions: name, then arguments ---- */

static const char *const functions[] = {"settle",
                                        "utc",
                                        "rate",
                                        "tokens",
                                        "units",
                                        "payer",
                                        "billing_check",
                                        "billing_help",
                                        "billing_autosettle",
                                        "billing_alerts",
                                        "billing_guard",
                                        "billing_export",
                                        "billing_install",
                                        "billing_rebuild",
                                        "usage_bars",
                                        "billing_keep_lot"};
#define FUNCTION_COUNT (sizeof(functions) / sizeof(functions[0]))

struct reader {
  const uint8_t *at, *end;
};

static unsigned take(struct reader *from) {
  return from->at < from->end ? *from->at++ : 0;
}

static int64_t take_integer(struct reader *from) {
  uint64_t value = 0;
  for (int i = 0; i < 8; i++) value = value << 8 | take(from);
  return (int64_t)value;
}

/* Binds a value whose first byte is its type. */
static void bind_value(sqlite3_stmt *stmt, int index, struct reader *from) {
  static const char *const texts[] = {"t",
                                      "u",
                                      "c",
                                      "d",
                                      "a",
                                      "model-derivative",
                                      "rvt",
                                      "flex_token",
                                      "2025-02-03 00:00:00",
                                      "2025-02-25 00:00:00",
                                      "2025-03-01T09:00:00+09:00",
                                      "success"};
  unsigned type = take(from);
  switch (type % 7) {
    case 0:
      sqlite3_bind_null(stmt, index);
      break;
    case 1:
      sqlite3_bind_int64(stmt, index, (signed char)take(from));
      break;
    case 2:
      sqlite3_bind_int64(stmt, index, take_integer(from));
      break;
    case 3: {
      int64_t bits = take_integer(from);
      double value;
      memcpy(&value, &bits, sizeof(value));
      sqlite3_bind_double(stmt, index, value);
      break;
    }
    case 4: {
      unsigned size = take(from);
      if (size > (unsigned)(from->end - from->at)) size = (unsigned)(from->end - from->at);
      if (type % 2) {
        sqlite3_bind_text(stmt, index, (const char *)from->at, (int)size, SQLITE_TRANSIENT);
      } else {
        sqlite3_bind_blob(stmt, index, from->at, (int)size, SQLITE_TRANSIENT);
      }
      from->at += size;
      break;
    }
    default:
      sqlite3_bind_text(stmt, index, texts[take(from) % (sizeof(texts) / sizeof(texts[0]))], -1,
                        SQLITE_STATIC);
  }
}

/* Runs a statement with values from the bytes; whatever it says, it is over then. */
static void run_with(const char *sql, struct reader *from) {
  sqlite3_stmt *stmt;
  if (sqlite3_prepare_v2(fuzz.db, sql, -1, &stmt, NULL)) return;
  for (int i = 1; i <= sqlite3_bind_parameter_count(stmt); i++) bind_value(stmt, i, from);
  for (int row = 0; row < 50 && sqlite3_step(stmt) == SQLITE_ROW; row++) continue;
  sqlite3_finalize(stmt);
}

static void try_functions(const uint8_t *bytes, size_t size) {
  struct reader from = {bytes, bytes + size};
  sqlite3_exec(fuzz.db, "SAVEPOINT f", NULL, NULL, NULL);
  while (from.at < from.end) {
    static const char *const lists[] = {"", "?", "?,?", "?,?,?", "?,?,?,?", "?,?,?,?,?"};
    const char *name = functions[take(&from) % FUNCTION_COUNT];
    char *sql = sqlite3_mprintf("SELECT %s(%s)", name, lists[take(&from) % 6]);
    run_with(sql, &from);
    sqlite3_free(sql);
  }
  sqlite3_exec(fuzz.db, "ROLLBACK TO f; RELEASE f", NULL, NULL, NULL);
}

/* ---- facts ---- */

static const char *const changes[] = {
    "INSERT INTO usage(client_id, api, sku, quantity, occurred_at) VALUES (?, ?, ?, ?, ?)",
    "INSERT INTO usage(client_id, api, occurred_at) VALUES ('c', 'model-derivative', ?)",
    "INSERT INTO token_lot(team_id, kind, tokens, purchased_at) VALUES (?, 'flex_token', ?, ?)",
    "INSERT INTO token_lot(team_id, kind, tokens, purchased_at, expires_at) VALUES (?, ?, ?, ?, ?)",
    "UPDATE usage SET quantity = ? WHERE usage_id = ?",
    "UPDATE usage SET occurred_at = ? WHERE usage_id = ?",
    "UPDATE token_lot SET tokens = ? WHERE lot_id = ?",
    "DELETE FROM usage WHERE usage_id = ?",
    "INSERT INTO lot_move(lot_id, team_id, moved_at) VALUES (?, ?, ?)",
    "INSERT INTO app_team(client_id, team_id, assigned_at) VALUES (?, ?, ?)",
    "INSERT INTO account_agreement(account_id, agreement, starts_at) VALUES (?, ?, ?)",
    "INSERT INTO period_close(team_id, closed_until) VALUES (?, ?)",
    "DELETE FROM period_close WHERE team_id = ?",
    "INSERT INTO rate_card(api, sku, effective_from, tokens, per, unit) VALUES (?, ?, ?, ?, ?, ?)",
    "INSERT INTO policy_change(name, value, effective_from) VALUES ('grace_days', ?, ?)",
    "INSERT INTO unblock(team_id, unblocked_at) VALUES (?, ?)",
    "UPDATE team SET account_id = ? WHERE team_id = ?",
    "SELECT billing_autosettle(?)",
    "SELECT settle(?)",
    "SELECT settle()",
};

static const char ledger_sql[] =
    "SELECT group_concat(x) FROM (SELECT printf('%d %d %d %s', lot_id, usage_id, units, charged_at)"
    " AS x FROM ledger_entry ORDER BY 1)";

static void try_facts(const uint8_t *bytes, size_t size) {
  struct reader from = {bytes, bytes + size};
  char *error, *before, *after;
  sqlite3_exec(fuzz.db, "SAVEPOINT f", NULL, NULL, NULL);
  for (int i = 0; i < 12 && from.at < from.end; i++) {
    run_with(changes[take(&from) % (sizeof(changes) / sizeof(changes[0]))], &from);
  }
  /* The check takes a hundred times as long as the changes: one input of eight asks it. */
  if (sqlite3_exec(fuzz.db, "SELECT settle()", NULL, NULL, NULL) == SQLITE_OK &&
      (size == 0 || bytes[size - 1] % 8 == 0)) {
    error = ask(fuzz.db,
                "SELECT rule || ' ' || subject || ' ' || detail FROM billing_check"
                " WHERE severity = 'error'",
                NULL, 0);
    if (error) broken("billing_check", error);
    before = ask(fuzz.db, ledger_sql, NULL, 0);
    if (sqlite3_exec(fuzz.db, "SELECT billing_rebuild()", NULL, NULL, NULL) == SQLITE_OK) {
      after = ask(fuzz.db, ledger_sql, NULL, 0);
      if (!same(before ? before : "", after ? after : "")) broken("rebuild", after ? after : "");
      sqlite3_free(after);
    }
    sqlite3_free(before);
  }
  sqlite3_exec(fuzz.db, "ROLLBACK TO f; RELEASE f", NULL, NULL, NULL);
}

/* ---- sql ---- */

static int inside(void *unused, int action, const char *a, const char *b, const char *schema,
                  const char *trigger) {
  (void)unused;
  (void)schema;
  (void)trigger;
  if (action == SQLITE_ATTACH || action == SQLITE_DETACH) return SQLITE_DENY;
  if (action == SQLITE_FUNCTION && b && strcmp(b, "load_extension") == 0) return SQLITE_DENY;
  if (action == SQLITE_PRAGMA && a && b && strcmp(a, "temp_store_directory") == 0)
    return SQLITE_DENY;
  return SQLITE_OK;
}

static void try_sql(const uint8_t *bytes, size_t size) {
  sqlite3 *db = open_copy(copy_image());
  char *sql = sqlite3_mprintf("%.*s", (int)size, (const char *)bytes);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 100000);
  sqlite3_set_authorizer(db, inside, NULL);
  if (sql) sqlite3_exec(db, sql, NULL, NULL, NULL);
  sqlite3_free(sql);
  close_whole(db);
}

/* ---- file: four bytes each, where (three) and what (one) ---- */

static const char readings[] =
    "SELECT * FROM wallet_balance; SELECT * FROM lot_balance('t'); SELECT * FROM ledger;"
    "SELECT * FROM usage_status; SELECT * FROM usage_daily; SELECT * FROM billing_check;"
    "SELECT * FROM billing_alert; SELECT * FROM explain_charge(2);"
    "INSERT INTO usage(client_id, api, sku, occurred_at) VALUES"
    " ('c', 'model-derivative', 'rvt', '2025-02-03 00:00:00'); SELECT settle();";

static void try_file(const uint8_t *bytes, size_t size) {
  sqlite3 *db;
  const char *sql = readings;
  unsigned char *copy = copy_image();
  for (; size >= 4; bytes += 4, size -= 4) {
    size_t where = (size_t)bytes[0] << 16 | (size_t)bytes[1] << 8 | bytes[2];
    copy[where % (size_t)fuzz.image_size] = bytes[3];
  }
  db = open_copy(copy);
  while (*sql) { /* one by one: the next is tried when one fails */
    sqlite3_stmt *stmt;
    const char *next = strchr(sql, ';') + 1;
    if (sqlite3_prepare_v2(db, sql, (int)(next - sql), &stmt, NULL) == SQLITE_OK) {
      while (sqlite3_step(stmt) == SQLITE_ROW) continue;
      sqlite3_finalize(stmt);
    }
    sql = next;
  }
  close_whole(db);
}

/* ---- libFuzzer's interface ---- */

/* NOLINTNEXTLINE(readability-non-const-parameter): libFuzzer says what it takes */
int LLVMFuzzerInitialize(int *count, char ***arguments) {
  static const struct {
    const char *name;
    target *run;
  } targets[] = {{"times", try_times},
                 {"functions", try_functions},
                 {"facts", try_facts},
                 {"sql", try_sql},
                 {"file", try_file}};
  const char *wanted = getenv("FUZZ");
  (void)count;
  (void)arguments;
  for (size_t i = 0; wanted && i < sizeof(targets) / sizeof(targets[0]); i++) {
    if (strcmp(wanted, targets[i].name) == 0) fuzz.run = targets[i].run;
  }
  if (!fuzz.run) broken("FUZZ", "must be times, functions, facts, sql or file");
  sqlite3_auto_extension((void (*)(void))sqlite3_billing_init);
  fuzz.db = open_world();
  fuzz.image = sqlite3_serialize(fuzz.db, "main", &fuzz.image_size, 0);
  if (!fuzz.image) broken("image", "out of memory");
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (size <= 20000) fuzz.run(bytes, size);
  return 0;
}
