/*
** A warm standby by a log of facts: SQLite's session extension records what a connection changes in
** fact tables, and another file takes it with its own triggers on, so that it derives the same
** ledger.
**
**   standby record EXTENSION DB LOG  runs statements from standard input, one a line, and writes
**                                    what each transaction changed: LOG/0000000001.facts and so on
**   standby apply EXTENSION DB LOG   takes what is new in LOG, settles, prints the last number
**
** A record holds a changeset for each statement, in their order: checks see the rows in the order
** in which the first file saw them. `unblock` has no key, so its rows are recorded by a trigger.
*/
#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const facts[] = {
    "token_kind",         "policy",       "policy_change", "api",          "api_alias", "kind_api",
    "sku_alias",          "rate_card",    "rate_tier",     "outcome_rule", "country",   "account",
    "account_agreement",  "team",         "app",           "app_team",     "app_owner", "contact",
    "product_assignment", "subscription", "token_lot",     "lot_move",     "usage",     "budget",
    "period_close"};
#define FACT_COUNT (sizeof(facts) / sizeof(facts[0]))
#define GAP 1000 /* records that are looked for after one that is not there */

/* Rows of unblock that came and went since the last record. */
static const char sql_watch_unblock[] =
    "CREATE TEMP TABLE unblock_change(number INTEGER PRIMARY KEY, sql TEXT);"
    "CREATE TEMP TRIGGER unblock_came AFTER INSERT ON main.unblock BEGIN"
    " INSERT INTO unblock_change(sql) VALUES (printf('INSERT INTO unblock VALUES (%Q, %Q, %Q)',"
    "  NEW.team_id, NEW.unblocked_at, NEW.note)); END;"
    "CREATE TEMP TRIGGER unblock_went AFTER DELETE ON main.unblock BEGIN"
    " INSERT INTO unblock_change(sql) VALUES (printf('DELETE FROM unblock WHERE rowid = (SELECT "
    "min(rowid)"
    " FROM unblock WHERE team_id IS %Q AND unblocked_at IS %Q AND note IS %Q)',"
    "  OLD.team_id, OLD.unblocked_at, OLD.note)); END;"
    "CREATE TEMP TRIGGER unblock_changed AFTER UPDATE ON main.unblock BEGIN"
    " INSERT INTO unblock_change(sql) VALUES (printf('UPDATE unblock SET team_id = %Q, "
    "unblocked_at = %Q,"
    " note = %Q WHERE rowid = (SELECT min(rowid) FROM unblock WHERE team_id IS %Q AND unblocked_at "
    "IS %Q"
    " AND note IS %Q)', NEW.team_id, NEW.unblocked_at, NEW.note, OLD.team_id, OLD.unblocked_at, "
    "OLD.note)); END;";

static _Noreturn void fail(const char *what, const char *why) {
  fprintf(stderr, "standby: %s, %s\n", what, why);
  exit(1);
}

static void run(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail(sql, sqlite3_errmsg(db));
}

static int64_t ask(sqlite3 *db, const char *sql) {
  sqlite3_stmt *row = NULL;
  int64_t number = 0;
  if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK) fail(sql, sqlite3_errmsg(db));
  if (sqlite3_step(row) == SQLITE_ROW) number = sqlite3_column_int64(row, 0);
  sqlite3_finalize(row);
  return number;
}

static sqlite3 *open_file(const char *extension, const char *path) {
  sqlite3 *db = NULL;
  char *message = NULL;
  if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
    fail(path, sqlite3_errmsg(db));
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
  if (sqlite3_load_extension(db, extension, NULL, &message) != SQLITE_OK) fail(extension, message);
  sqlite3_busy_timeout(db, 10000);
  return db;
}

static char *name_of(const char *log, int64_t number, const char *end) {
  char *name = sqlite3_mprintf("%s/%010lld.facts%s", log, (long long)number, end);
  if (!name) fail("no memory", "end other programs");
  return name;
}

/* ---- recording ---- */

/* A part: its kind, its size in bytes, its bytes. */
static void write_part(FILE *file, char kind, const void *bytes, int size) {
  fprintf(file, "%c%d\n", kind, size);
  fwrite(bytes, 1, (size_t)size, file);
}

static sqlite3_session *watch(sqlite3 *db) {
  sqlite3_session *session = NULL;
  int rc = sqlite3session_create(db, "main", &session);
  for (size_t i = 0; i < FACT_COUNT && rc == SQLITE_OK; i++)
    rc = sqlite3session_attach(session, facts[i]);
  if (rc != SQLITE_OK) fail("can't record", sqlite3_errstr(rc));
  return session;
}

static void take_unblock(sqlite3 *db, FILE *file) {
  sqlite3_stmt *row = NULL;
  sqlite3_prepare_v2(db, "SELECT sql FROM unblock_change ORDER BY number", -1, &row, NULL);
  while (sqlite3_step(row) == SQLITE_ROW) {
    write_part(file, 'S', sqlite3_column_text(row, 0), sqlite3_column_bytes(row, 0));
  }
  sqlite3_finalize(row);
  run(db, "DELETE FROM unblock_change");
}

/* What the last statement changed goes into the record; returns the session for the next one. */
static sqlite3_session *take(sqlite3 *db, sqlite3_session *session, FILE *file) {
  void *bytes = NULL;
  int size = 0;
  int rc = sqlite3session_changeset(session, &size, &bytes);
  sqlite3session_delete(session);
  if (rc != SQLITE_OK) fail("can't record", sqlite3_errstr(rc));
  if (size > 0) write_part(file, 'C', bytes, size);
  sqlite3_free(bytes);
  take_unblock(db, file);
  return watch(db);
}

static FILE *begin(const char *log, int64_t number) {
  char *name = name_of(log, number, ".new");
  FILE *file = fopen(name, "wb");
  if (!file) fail("can't write", name);
  sqlite3_free(name);
  return file;
}

static void rename_record(const char *log, int64_t number) {
  char *new = name_of(log, number, ".new"), *name = name_of(log, number, "");
  if (rename(new, name) != 0) fail("can't rename", new);
  sqlite3_free(new);
  sqlite3_free(name);
}

/*
** The record is whole before the COMMIT, and its number is part of the transaction. So whoever is
** killed leaves a record whose number is in the file, which is renamed at the next start, or one
** whose number is not, which is written over.
*/
static void commit(sqlite3 *db, const char *log, int64_t number, FILE *file) {
  char *sql = sqlite3_mprintf("INSERT INTO standby_log VALUES (%lld)", (long long)number);
  run(db, sql);
  sqlite3_free(sql);
  fputs("E0\n", file);
  if (fflush(file) != 0 || ferror(file) || fclose(file) != 0) fail("can't write the record", log);
  run(db, "COMMIT");
  rename_record(log, number);
}

static void finish_last(const char *log, int64_t number) {
  char *name = name_of(log, number, "");
  FILE *file = number ? fopen(name, "rb") : NULL;
  if (number && !file) rename_record(log, number);
  if (file) fclose(file);
  sqlite3_free(name);
}

static bool is_word(const char *line, const char *word) {
  return strncmp(line, word, strlen(word)) == 0;
}

/* Runs a line; false: it failed, and said so. */
static bool run_line(sqlite3 *db, const char *line) {
  if (sqlite3_exec(db, line, NULL, NULL, NULL) == SQLITE_OK) return true;
  fprintf(stderr, "%s\n", sqlite3_errmsg(db));
  return false;
}

/* False: there is no more. Half a line would be run as another statement. */
static bool read_line(char *line, int size) {
  if (!fgets(line, size, stdin)) return false;
  if (!strchr(line, '\n') && !feof(stdin))
    fail("a line is too long", "write less than 1 MB a line");
  return true;
}

static void record(sqlite3 *db, const char *log) {
  static char line[1 << 20];
  sqlite3_session *session;
  FILE *file = NULL;
  int64_t number;
  run(db, "CREATE TABLE IF NOT EXISTS standby_log(number INTEGER PRIMARY KEY)");
  number = ask(db, "SELECT max(number) FROM standby_log");
  finish_last(log, number);
  run(db, sql_watch_unblock);
  session = watch(db);
  while (read_line(line, sizeof(line))) {
    bool alone = sqlite3_get_autocommit(db) && !is_word(line, "BEGIN");
    bool ends = alone;
    if (alone) run(db, "BEGIN");
    if (!file) file = begin(log, number + 1);
    if (is_word(line, "COMMIT")) {
      ends = true;
    } else if (!run_line(db, line) && alone) {
      run(db, "ROLLBACK");
    }
    session = take(db, session, file);
    if (sqlite3_get_autocommit(db)) { /* it was rolled back */
      fclose(file);
      file = NULL;
    } else if (ends) {
      commit(db, log, ++number, file);
      file = NULL;
    }
  }
  sqlite3session_delete(session);
}

/* ---- applying ---- */

static int conflict(void *why, int kind, sqlite3_changeset_iter *change) {
  const char *table = "";
  int columns, operation, indirect;
  sqlite3changeset_op(change, &table, &columns, &operation, &indirect);
  snprintf(why, 80, "%.40s, %d, %d", table, kind, operation);
  return SQLITE_CHANGESET_ABORT;
}

static void apply_part(sqlite3 *db, char kind, char *bytes, int size, const char *name) {
  char why[80] = "";
  if (kind == 'S') {
    run(db, bytes);
  } else if (sqlite3changeset_apply(db, size, bytes, NULL, conflict, why) != SQLITE_OK) {
    fprintf(stderr,
            "standby: the file is not that of the log, %s in %s (%s), make it from a backup\n", why,
            name, sqlite3_errmsg(db));
    exit(1);
  }
}

/* All of a record and its number, or nothing. False: there is no such record yet. */
static bool apply_record(sqlite3 *db, const char *log, int64_t number) {
  char *name = name_of(log, number, ""), *sql;
  FILE *file = fopen(name, "rb");
  char kind = 'C';
  int size = 0;
  if (!file) return false;
  run(db, "BEGIN IMMEDIATE");
  while (fscanf(file, "%c%d", &kind, &size) == 2 && getc(file) == '\n' && kind != 'E') {
    char *bytes = calloc(1, (size_t)size + 1);
    if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size)
      fail("the record is cut off", name);
    apply_part(db, kind, bytes, size, name);
    free(bytes);
  }
  if (kind != 'E') fail("the record is cut off", name);
  sql = sqlite3_mprintf("INSERT INTO standby_log VALUES (%lld); COMMIT", (long long)number);
  run(db, sql);
  sqlite3_free(sql);
  sqlite3_free(name);
  fclose(file);
  return true;
}

/* A record that was lost on its way: the standby would stay behind and nobody would know. */
static void refuse_gap(const char *log, int64_t number) {
  for (int64_t later = number + 1; later < number + GAP; later++) {
    char *name = name_of(log, later, "");
    FILE *file = fopen(name, "rb");
    sqlite3_free(name);
    if (file) fail("a record is missing, copy it to the log", name_of(log, number, ""));
  }
}

static void apply(sqlite3 *db, const char *log) {
  int64_t number;
  run(db, "CREATE TABLE IF NOT EXISTS standby_log(number INTEGER PRIMARY KEY)");
  number = ask(db, "SELECT max(number) FROM standby_log");
  while (apply_record(db, log, number + 1)) number++;
  refuse_gap(log, number + 1);
  run(db, "INSERT INTO settlement(team_id) VALUES (NULL)");
  printf("%" PRId64 "\n", number);
}

int main(int argc, char **argv) {
  sqlite3 *db;
  if (argc != 5) fail("arguments are missing", "standby record|apply EXTENSION DB LOG");
  db = open_file(argv[2], argv[3]);
  if (strcmp(argv[1], "record") == 0) {
    record(db, argv[4]);
  } else if (strcmp(argv[1], "apply") == 0) {
    apply(db, argv[4]);
  } else {
    fail(argv[1], "give record or apply");
  }
  return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
