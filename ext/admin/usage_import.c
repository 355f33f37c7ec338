/*
** usage_import: rows are judged one by one.
**
** The judge is INSERT INTO usage itself, with all its triggers: nothing here says what a good row
** is. What it refuses with SQLITE_CONSTRAINT lands in usage_reject; every other error (no space,
** locked, interrupted) is one of the statement, as it would be for usage.
**
** A trigger can't catch an error, so this is a virtual table. Its own write is not undone when it
** fails inside a transaction: each way through it writes by one statement at most that can fail
** after another, the view _billing_import, which SQLite undoes as a whole.
*/
#include "admin/usage_import.h"

#include <string.h>

#include "admin/import_load.h"
#include "core/instant.h"
#include "store/empty_table.h"
#include "store/error.h"
#include "store/query.h"
#include "store/text.h"
#include "tables/tables.h"

SQLITE_EXTENSION_INIT3

/* ---- statements; the values of a row come first: ?1 to ?9, in the order of import_names ---- */

#define SQL_FIELDS "source_id, client_id, api, sku, quantity, occurred_at, outcome, user_id, label"

static const char sql_add[] =
    "INSERT INTO main.usage(" SQL_FIELDS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/* The usage to correct, the reject that goes, those of its key that go: each may be NULL. */
static const char sql_put[] = "INSERT INTO main._billing_import(" SQL_FIELDS
                              ", usage_id, reject_id, last_reject)"
                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

static const char sql_usage_of_source[] = "SELECT usage_id FROM main.usage WHERE source_id = ?1";

/* The usage of that source_id says the same. */
static const char sql_is_same[] =
    "SELECT 1 FROM main.usage WHERE source_id = ?1 AND client_id = ?2 AND api = ?3 AND sku IS ?4"
    " AND quantity = ?5 AND occurred_at IN (?6, utc(?6, 0)) AND outcome = ?7 AND user_id IS ?8"
    " AND label IS ?9";

static const char sql_last_reject[] =
    "SELECT max(reject_id) FROM main.usage_reject WHERE source_id IS NOT NULL";

#define SQL_VERDICT "line, column, value, reason, mode"

/* ?10 …: SQL_VERDICT */
static const char sql_reject[] =
    "INSERT INTO main.usage_reject(" SQL_FIELDS ", " SQL_VERDICT
    ")"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

/*
** The same row once more: a file that is loaded again. A loader may send 4 as a text or a number.
*/
#define SQL_SAME(column, n) " AND CAST(" column " AS TEXT) IS CAST(?" n " AS TEXT)"

static const char sql_same_reject[] =
    "SELECT reject_id FROM main.usage_reject WHERE source_id = ?1" SQL_SAME("client_id", "2")
        SQL_SAME("api", "3") SQL_SAME("sku", "4") SQL_SAME("quantity", "5")
            SQL_SAME("occurred_at", "6") SQL_SAME("outcome", "7") SQL_SAME("user_id", "8")
                SQL_SAME("label", "9") " LIMIT 1";

/* ?5: the line, NULL: it stays */
static const char sql_reject_again[] =
    "UPDATE main.usage_reject SET column = ?2, value = ?3, reason = ?4, line = ifnull(?5, line),"
    " mode = ?6 WHERE reject_id = ?1";

static const char sql_rejected[] =
    "SELECT " SQL_FIELDS ", mode FROM main.usage_reject WHERE reject_id = ?1";

static const char sql_drop_reject[] = "DELETE FROM main.usage_reject WHERE reject_id = ?1";

/* ---- a row ---- */

enum hidden_column { COLUMN_LINE = IMPORT_FIELDS, COLUMN_MODE, COLUMN_REJECT, IMPORT_COLUMNS };

struct import_vtab {
  sqlite3_vtab base;
  struct store *store;
  bool upsert; /* unless a row says otherwise */
  int writing; /* our own statements run: theirs are no savepoints of a load */
  struct import_load load;
};

struct import_row {
  struct import_vtab *table;
  struct import_value values[IMPORT_FIELDS];
  sqlite3_value *line;      /* given, or NULL */
  sqlite3_value *reject_id; /* of the reject that is tried again, or NULL */
  bool upsert, ignore;      /* what becomes of a source_id that is taken */
};

/* Why a row is refused. `column` is an import_field, or -1; the reason is for sqlite3_free(). */
struct verdict {
  int column;
  char *reason;
};

static struct import_vtab *vtab_of(sqlite3_vtab *table) {
  return (struct import_vtab *)table;
}

static bool is_null(sqlite3_value *value) {
  return !value || sqlite3_value_type(value) == SQLITE_NULL;
}

/*
** The time as usage stores it, where that takes it in another spelling: writing it so at once
** costs less than storing it again.
*/
static bool spell_time(struct text text, char canonical[INSTANT_TEXT_SIZE]) {
  struct instant instant;
  int64_t ms;
  if (instant_parse(text.bytes, (size_t)text.size, &ms)) return false;
  if (instant_read(text.bytes, (size_t)text.size, &instant) != INSTANT_OK) return false;
  if (!instant_may_be_fact(&instant)) return false;
  instant_format(instant.ms, canonical);
  return true;
}

/* An empty text is none: CSV has no NULL. The bytes live as long as the row. */
static int bind_field(sqlite3_stmt *statement, int n, const struct import_value *value) {
  char canonical[INSTANT_TEXT_SIZE];
  struct text text = import_text(value);
  if (text.size > 0 && n == IMPORT_OCCURRED_AT + 1 && spell_time(text, canonical)) {
    return sqlite3_bind_text(statement, n, canonical, -1, SQLITE_TRANSIENT);
  }
  if (text.size > 0) {
    return sqlite3_bind_text(statement, n, text.bytes, text.size, SQLITE_STATIC);
  }
  if (text.size == 0 || !value->value) return sqlite3_bind_null(statement, n);
  return sqlite3_bind_value(statement, n, value->value);
}

/* The statement with the values bound. `judged`: what an INSERT that leaves it out takes. */
static sqlite3_stmt *take_with(const struct import_row *row, const char *sql, bool judged,
                               int *rc) {
  sqlite3_stmt *statement = store_take(row->table->store, sql, rc);
  for (int i = 0; statement && i < IMPORT_FIELDS && *rc == SQLITE_OK; i++) {
    *rc = bind_field(statement, i + 1, &row->values[i]);
  }
  if (statement && judged && *rc == SQLITE_OK && is_null(row->values[IMPORT_OUTCOME].value)) {
    *rc = sqlite3_bind_text(statement, IMPORT_OUTCOME + 1, "success", -1, SQLITE_STATIC);
  }
  return statement;
}

/* The first column of the first row; 0: there is none. Takes the statement. */
static int64_t answer(const struct import_row *row, const char *sql, sqlite3_stmt *statement,
                      int *rc) {
  int64_t number = store_row(statement, rc) ? sqlite3_column_int64(statement, 0) : 0;
  store_put(row->table->store, sql, statement, rc);
  return number;
}

static bool has_source(const struct import_row *row) {
  struct text text = import_text(&row->values[IMPORT_SOURCE_ID]);
  return text.size != 0 && !is_null(row->values[IMPORT_SOURCE_ID].value);
}

/* ---- what is refused ---- */

/* "usage.quantity: negative, …": the column that the reason begins with, or -1. */
static int column_of(const char *reason) {
  static const char table[] = "usage.";
  const char *name = reason + sizeof(table) - 1, *end = strchr(reason, ':');
  if (strncmp(reason, table, sizeof(table) - 1) != 0 || !end) return -1;
  for (int i = 0; i < IMPORT_FIELDS; i++) {
    size_t size = strlen(import_names[i]);
    if (size == (size_t)(end - name) && memcmp(import_names[i], name, size) == 0) return i;
  }
  return -1;
}

static int bind_verdict(sqlite3_stmt *statement, int n, const struct import_row *row,
                        const struct verdict *verdict) {
  const char *name = verdict->column < 0 ? NULL : import_names[verdict->column];
  int rc = sqlite3_bind_text(statement, n, name, -1, SQLITE_STATIC);
  if (rc == SQLITE_OK && name && row->values[verdict->column].value) {
    rc = sqlite3_bind_value(statement, n + 1, row->values[verdict->column].value);
  }
  if (rc != SQLITE_OK) return rc;
  return sqlite3_bind_text(statement, n + 2, verdict->reason, -1, SQLITE_STATIC);
}

static int bind_line(sqlite3_stmt *statement, int n, const struct import_row *row) {
  if (row->line) return sqlite3_bind_value(statement, n, row->line);
  if (row->reject_id) return sqlite3_bind_null(statement, n);
  return sqlite3_bind_int64(statement, n, row->table->load.line);
}

static int bind_mode(sqlite3_stmt *statement, int n, const struct import_row *row) {
  return sqlite3_bind_text(statement, n, row->upsert ? "upsert" : NULL, -1, SQLITE_STATIC);
}

static void reject_again(const struct import_row *row, int64_t reject_id,
                         const struct verdict *verdict, int *rc) {
  sqlite3_stmt *update = query_open(row->table->store, sql_reject_again, rc, "i", reject_id);
  if (update) *rc = bind_verdict(update, 2, row, verdict);
  if (update && *rc == SQLITE_OK) *rc = bind_line(update, 5, row);
  if (update && *rc == SQLITE_OK) *rc = bind_mode(update, 6, row);
  store_run(row->table->store, sql_reject_again, update, rc);
}

/* As it was given: an empty text stays one. */
static void reject_new(const struct import_row *row, const struct verdict *verdict, int *rc) {
  sqlite3_stmt *insert = store_take(row->table->store, sql_reject, rc);
  for (int i = 0; insert && i < IMPORT_FIELDS && *rc == SQLITE_OK; i++) {
    if (row->values[i].value) *rc = sqlite3_bind_value(insert, i + 1, row->values[i].value);
  }
  if (insert && *rc == SQLITE_OK) *rc = bind_line(insert, 10, row);
  if (insert && *rc == SQLITE_OK) *rc = bind_verdict(insert, 11, row, verdict);
  if (insert && *rc == SQLITE_OK) *rc = bind_mode(insert, 14, row);
  store_run(row->table->store, sql_reject, insert, rc);
}

static int64_t same_reject(const struct import_row *row, int *rc) {
  sqlite3_stmt *select;
  if (row->table->load.last_reject == 0 || !has_source(row)) return 0;
  select = store_take(row->table->store, sql_same_reject, rc);
  for (int i = 0; select && i < IMPORT_FIELDS && *rc == SQLITE_OK; i++) {
    if (row->values[i].value) *rc = sqlite3_bind_value(select, i + 1, row->values[i].value);
  }
  return answer(row, sql_same_reject, select, rc);
}

static void reject(const struct import_row *row, const struct verdict *verdict, int *rc) {
  int64_t reject_id = row->reject_id ? sqlite3_value_int64(row->reject_id) : same_reject(row, rc);
  if (reject_id) {
    reject_again(row, reject_id, verdict, rc);
  } else {
    reject_new(row, verdict, rc);
  }
}

/* ---- the judge ---- */

/*
** The row becomes usage: a new one, or in place of `usage_id`. False: a trigger of the user's own
** has left it out by RAISE(IGNORE), which is no error. The view of sql_put makes it one.
*/
static bool put_usage(const struct import_row *row, int64_t usage_id, int *rc) {
  struct store *store = row->table->store;
  int64_t last = has_source(row) ? row->table->load.last_reject : 0;
  bool plain = !usage_id && !row->reject_id && !last;
  const char *sql = plain ? sql_add : sql_put;
  sqlite3_stmt *put = take_with(row, sql, true, rc);
  if (put && !plain && usage_id && *rc == SQLITE_OK) *rc = sqlite3_bind_int64(put, 10, usage_id);
  if (put && row->reject_id && *rc == SQLITE_OK) *rc = sqlite3_bind_value(put, 11, row->reject_id);
  if (put && last && *rc == SQLITE_OK) *rc = sqlite3_bind_int64(put, 12, last);
  store_run(store, sql, put, rc);
  return !plain || *rc != SQLITE_OK || sqlite3_changes(store->db) > 0;
}

/* There is nothing to do: what the row says is known. */
static void pass_over(const struct import_row *row, int *rc) {
  if (row->reject_id) query_run(row->table->store, sql_drop_reject, rc, "v", row->reject_id);
}

static bool is_same(const struct import_row *row, int *rc) {
  return answer(row, sql_is_same, take_with(row, sql_is_same, true, rc), rc) != 0;
}

static int64_t usage_of_source(const struct import_row *row, int *rc) {
  sqlite3_stmt *select;
  if (!has_source(row)) return 0;
  select = store_take(row->table->store, sql_usage_of_source, rc);
  if (select) *rc = bind_field(select, 1, &row->values[IMPORT_SOURCE_ID]);
  return answer(row, sql_usage_of_source, select, rc);
}

static void judge_text(struct verdict *verdict, char *reason, int *rc) {
  verdict->reason = reason;
  verdict->column = reason ? column_of(reason) : -1;
  if (!reason) *rc = SQLITE_NOMEM;
}

/* SQLite's own word for a source_id that is taken says neither value nor remedy. */
static void judge_taken(const struct import_row *row, struct verdict *verdict, int *rc) {
  judge_text(verdict,
             complaint("usage.source_id", "taken by a row with other values",
                       row->values[IMPORT_SOURCE_ID].value,
                       "give mode 'upsert' to correct that row, or another key"),
             rc);
}

/*
** The INSERT was refused. Other errors than SQLITE_CONSTRAINT, and a rollback by a trigger of the
** user's, are not the row's. The text goes with the next statement, so it is copied first.
*/
static void judge_refused(const struct import_row *row, struct verdict *verdict, int *rc) {
  sqlite3 *db = row->table->store->db;
  bool taken = sqlite3_extended_errcode(db) == SQLITE_CONSTRAINT_UNIQUE;
  char *reason;
  if ((*rc & 0xFF) != SQLITE_CONSTRAINT) return;
  if (sqlite3_txn_state(db, "main") != SQLITE_TXN_WRITE) return;
  reason = sqlite3_mprintf("%s", sqlite3_errmsg(db));
  *rc = SQLITE_OK;
  if (!taken || !usage_of_source(row, rc)) {
    judge_text(verdict, reason, rc);
    return;
  }
  sqlite3_free(reason);
  if (row->ignore || is_same(row, rc)) {
    pass_over(row, rc);
  } else {
    judge_taken(row, verdict, rc);
  }
}

static void judge_put(const struct import_row *row, int64_t usage_id, struct verdict *verdict,
                      int *rc) {
  bool stored = put_usage(row, usage_id, rc);
  if (*rc != SQLITE_OK) {
    judge_refused(row, verdict, rc);
  } else if (!stored) {
    judge_text(verdict,
               sqlite3_mprintf("usage: left out by a trigger of your own, RAISE(IGNORE),"
                               " give a row that it takes"),
               rc);
  }
}

static void judge_upsert(const struct import_row *row, struct verdict *verdict, int *rc) {
  int64_t usage_id = usage_of_source(row, rc);
  if (!has_source(row)) {
    judge_text(verdict,
               sqlite3_mprintf("usage.source_id: missing, NULL, give the key that mode 'upsert'"
                               " corrects by"),
               rc);
  } else if (usage_id && is_same(row, rc)) {
    pass_over(row, rc);
  } else if (*rc == SQLITE_OK) {
    judge_put(row, usage_id, verdict, rc);
  }
}

static void judge(const struct import_row *row, struct verdict *verdict, int *rc) {
  if (row->upsert) {
    judge_upsert(row, verdict, rc);
  } else {
    judge_put(row, 0, verdict, rc);
  }
}

static void judge_and_keep(const struct import_row *row, int *rc) {
  struct verdict verdict = {-1, NULL};
  judge(row, &verdict, rc);
  if (*rc == SQLITE_OK && verdict.reason) reject(row, &verdict, rc);
  sqlite3_free(verdict.reason);
}

/* ---- a header that names what is no column ---- */

static void refuse_header(const struct import_row *row, sqlite3_value **given, int *rc) {
  struct verdict verdict = {-1, NULL};
  judge_text(&verdict,
             complaint("usage_import", "the header names no column of usage, or one twice",
                       given[row->table->load.unknown],
                       "delete this reject, and insert the others by their reject_id"),
             rc);
  if (*rc == SQLITE_OK) reject(row, &verdict, rc);
  sqlite3_free(verdict.reason);
}

static void refuse_below_header(const struct import_row *row, int *rc) {
  struct verdict verdict = {-1, "usage_import: the header is refused, see there"};
  reject(row, &verdict, rc);
}

/* ---- xUpdate ---- */

/* Fails the statement: how usage_import itself was used. */
static int misused(sqlite3_vtab *table, const char *name, const char *wrong, sqlite3_value *value,
                   const char *remedy) {
  sqlite3_free(table->zErrMsg);
  table->zErrMsg = value ? complaint(name, wrong, value, remedy)
                         : sqlite3_mprintf("%s: %s, %s", name, wrong, remedy);
  return table->zErrMsg ? SQLITE_CONSTRAINT : SQLITE_NOMEM;
}

static int fail(struct import_vtab *table, int rc) {
  if (rc == SQLITE_OK || rc == SQLITE_NOMEM) return rc;
  sqlite3_free(table->base.zErrMsg);
  table->base.zErrMsg = store_error(table->store->db, "usage_import", rc);
  return rc;
}

static bool is_text(sqlite3_value *value, const char *text) {
  struct text given = text_of_value(value);
  return given.size == (int)strlen(text) && memcmp(given.bytes, text, (size_t)given.size) == 0;
}

static int read_mode(struct import_vtab *table, sqlite3_value *mode, bool *upsert) {
  if (is_null(mode)) return SQLITE_OK;
  *upsert = is_text(mode, "upsert");
  if (*upsert || is_text(mode, "insert")) return SQLITE_OK;
  return misused(&table->base, "usage_import.mode", "unknown", mode,
                 "give one of 'insert' 'upsert'");
}

static int read_line(struct import_vtab *table, struct import_row *row, sqlite3_value *line) {
  if (is_null(line)) return SQLITE_OK;
  row->line = line;
  if (sqlite3_value_numeric_type(line) == SQLITE_INTEGER) return SQLITE_OK;
  return misused(&table->base, "usage_import.line", "not an integer", line,
                 "give the number of the line, or NULL");
}

static int start_row(struct import_vtab *table, sqlite3_value **given, struct import_row *row) {
  int rc, conflict = sqlite3_vtab_on_conflict(table->store->db);
  *row = (struct import_row){.table = table, .ignore = conflict == SQLITE_IGNORE};
  row->upsert = table->upsert || conflict == SQLITE_REPLACE;
  rc = read_line(table, row, given[COLUMN_LINE]);
  return rc == SQLITE_OK ? read_mode(table, given[COLUMN_MODE], &row->upsert) : rc;
}

/* A row of a load, the first line of which may be a header. */
static int add_row(struct import_vtab *table, sqlite3_value **given) {
  struct import_row row;
  struct import_load *load = &table->load;
  int rc = start_row(table, given, &row);
  if (rc != SQLITE_OK) return rc;
  bool first = import_load_next(load, table->store->db);
  bool header = import_load_header(load, given);
  if (first || header) load->last_reject = store_ask(table->store, sql_last_reject, &rc);
  if (header && load->unknown < 0) return fail(table, rc);
  import_load_values(load, given, row.values);
  if (!load->has_header || load->unknown < 0) {
    judge_and_keep(&row, &rc);
  } else if (load->line == 1) {
    refuse_header(&row, given, &rc);
  } else {
    refuse_below_header(&row, &rc);
  }
  return fail(table, rc);
}

/* Copies: the row of the statement goes before the reject is written. */
static bool copy_rejected(struct import_row *row, sqlite3_value *copies[IMPORT_FIELDS + 1],
                          int *rc) {
  struct store *store = row->table->store;
  sqlite3_stmt *select = query_open(store, sql_rejected, rc, "v", row->reject_id);
  bool found = store_row(select, rc) != 0;
  for (int i = 0; found && i <= IMPORT_FIELDS; i++) {
    copies[i] = sqlite3_value_dup(sqlite3_column_value(select, i));
    if (!copies[i]) *rc = SQLITE_NOMEM;
    if (i < IMPORT_FIELDS) row->values[i].value = copies[i];
  }
  store_put(store, sql_rejected, select, rc);
  return found;
}

/* A reject is tried again as its row is now. */
static int retry_row(struct import_vtab *table, sqlite3_value **given) {
  sqlite3_value *copies[IMPORT_FIELDS + 1] = {NULL};
  struct import_row row;
  int rc = start_row(table, given, &row);
  for (int i = 0; i < IMPORT_FIELDS && rc == SQLITE_OK; i++) {
    if (is_null(given[i])) continue;
    return misused(&table->base, "usage_import.reject_id", "given with other columns",
                   given[COLUMN_REJECT], "change the row of usage_reject, and give that alone");
  }
  if (rc != SQLITE_OK) return rc;
  row.reject_id = given[COLUMN_REJECT];
  bool found = copy_rejected(&row, copies, &rc);
  if (rc == SQLITE_OK && !found) {
    rc = misused(&table->base, "usage_import.reject_id", "unknown", row.reject_id,
                 "give one of SELECT reject_id FROM usage_reject");
  } else if (rc == SQLITE_OK) {
    if (is_null(given[COLUMN_MODE])) rc = read_mode(table, copies[IMPORT_FIELDS], &row.upsert);
    if (rc == SQLITE_OK) judge_and_keep(&row, &rc);
    rc = fail(table, rc);
  }
  for (int i = 0; i <= IMPORT_FIELDS; i++) sqlite3_value_free(copies[i]);
  return rc;
}

static int import_update(sqlite3_vtab *base, int argc, sqlite3_value **argv, sqlite3_int64 *rowid) {
  struct import_vtab *table = vtab_of(base);
  int rc;
  if (argc == 1 || sqlite3_value_type(argv[0]) != SQLITE_NULL) {
    return misused(base, "usage_import", "it has no rows", NULL,
                   "change those of usage or of usage_reject");
  }
  table->writing++;
  rc = is_null(argv[2 + COLUMN_REJECT]) ? add_row(table, argv + 2) : retry_row(table, argv + 2);
  table->writing--;
  *rowid = table->load.line;
  return rc;
}

/* ---- the table ---- */

/* CREATE VIRTUAL TABLE temp.correction USING usage_import(upsert): the mode of its rows. */
static char *read_argument(int argc, const char *const *argv, bool *upsert) {
  char *refusal = tables_refusal(argc > 4 ? argc : 3, argv);
  *upsert = !refusal && argc > 3 && sqlite3_stricmp(argv[3], "upsert") == 0;
  if (refusal || argc == 3) return refusal;
  if (*upsert || sqlite3_stricmp(argv[3], "insert") == 0) return NULL;
  return sqlite3_mprintf("%s: not a mode, '%!.60s', give insert or upsert", argv[0], argv[3]);
}

static int import_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                          sqlite3_vtab **result, char **error) {
  bool upsert;
  int rc;
  *error = read_argument(argc, argv, &upsert);
  rc = *error ? SQLITE_ERROR : sqlite3_vtab_config(db, SQLITE_VTAB_CONSTRAINT_SUPPORT, 1);
  /* Innocuous: it writes usage as an INSERT would, which a trigger may do as well. */
  if (rc == SQLITE_OK) rc = sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  if (rc == SQLITE_OK) {
    rc = vtab_make(
        db,
        "CREATE TABLE x(source_id TEXT, client_id TEXT, api TEXT, sku TEXT, quantity REAL,"
        " occurred_at TIMESTAMP, outcome TEXT, user_id TEXT, label TEXT, line INTEGER HIDDEN,"
        " mode TEXT HIDDEN, reject_id INTEGER HIDDEN)",
        sizeof(struct import_vtab), result);
  }
  if (rc != SQLITE_OK) return rc;
  vtab_of(*result)->store = aux;
  vtab_of(*result)->upsert = upsert;
  return SQLITE_OK;
}

/* A transaction, or a statement of more than one row, begins: what was one load is over. */
static int import_begin(sqlite3_vtab *table) {
  if (!vtab_of(table)->writing) vtab_of(table)->load.ended = true;
  return SQLITE_OK;
}

static int import_savepoint(sqlite3_vtab *table, int savepoint) {
  (void)savepoint;
  return import_begin(table);
}

static const sqlite3_module import_module = {
    .iVersion = 2,
    .xCreate = import_connect,
    .xConnect = import_connect,
    .xDisconnect = vtab_free,
    .xDestroy = vtab_free,
    EMPTY_TABLE_METHODS,
    .xUpdate = import_update,
    .xBegin = import_begin,
    .xSavepoint = import_savepoint,
};

int usage_import_register(sqlite3 *db, struct store *store) {
  return sqlite3_create_module_v2(db, "usage_import", store ? &import_module : NULL, store, NULL);
}
