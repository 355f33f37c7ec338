/*
** billing_export(schema): writes every reading table, and the facts that their keys name, as plain
** typed tables into an attached file, for what can't load an extension.
**
** They hold what the reading tables show when their parameters are left out: all teams, now, the
** last 30 days. A later export into the same file puts its rows in the place of the earlier ones. A
** table that no export wrote is left alone: the export is refused.
*/
#include <stdbool.h>
#include <string.h>

#include "admin/functions.h"
#include "admin/replicated.h"
#include "store/error.h"
#include "store/query.h"
#include "store/store.h"
#include "store/text.h"
#include "tables/tables.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_is_attached[] =
    "SELECT count(*) FROM pragma_database_list WHERE name = ?1 COLLATE NOCASE"
    " AND lower(name) NOT IN ('main', 'temp')";

/*
** The definition of a table of main as a plain one. Counts are INTEGER: LibreOffice takes BIGINT
** for text. Teams and kinds that rows name are there; an app or api need not be known, so it is no
** reference. The kinds of billing_help are none of tokens.
*/
static const char sql_plain_columns[] =
    "SELECT group_concat(column, ', ') FROM (SELECT printf('\"%w\" %s%s', name,"
    "  replace(type, 'BIGINT', 'INTEGER'), CASE WHEN pk THEN ' PRIMARY KEY'"
    "  WHEN name = 'team_id' THEN ' REFERENCES team(team_id)'"
    "  WHEN name = 'kind' AND ?1 <> 'billing_help' THEN ' REFERENCES token_kind(kind)'"
    "  WHEN name = 'account_id' THEN ' REFERENCES account(account_id)' ELSE '' END) AS column"
    " FROM pragma_table_info(?1, 'main') ORDER BY cid)";

static const char sql_preview[] = "SELECT * FROM main.settlement_preview";

/* Facts that references name; before what refers to them. */
static const char *const facts[] = {"account", "team", "app", "api", "token_kind"};
#define FACT_COUNT ((int)(sizeof(facts) / sizeof(facts[0])))

/* What an export has written, and as what: so that the next one knows it. */
#define NOTES "_billing_export"

/* Rows that were read before the first write, `width` values each. */
struct kept_rows {
  sqlite3_value **values; /* owned; NULL: there was no memory */
  int count, room, width;
};

struct export {
  struct store *store;
  const char *schema;
  struct kept_rows preview; /* of settlement_preview */
  char *message;            /* of the error, for sqlite3_free() */
  int rc;
};

/* ---- running ---- */

/* Takes the SQL. */
static void run(struct export *export, char *sql) {
  char *message = NULL;
  if (export->rc == SQLITE_OK && !sql) export->rc = SQLITE_NOMEM;
  if (export->rc == SQLITE_OK) {
    export->rc = sqlite3_exec(export->store->db, sql, NULL, NULL, &message);
    if (export->rc != SQLITE_OK && !export->message && message) {
      export->message = sqlite3_mprintf("billing_export: %s", message);
    }
  }
  sqlite3_free(message);
  sqlite3_free(sql);
}

/* The first column of the first row, for sqlite3_free(); NULL without a row. Takes the SQL. */
static char *ask(struct export *export, char *sql) {
  sqlite3_stmt *row = NULL;
  char *answer = NULL;
  if (export->rc == SQLITE_OK && !sql) export->rc = SQLITE_NOMEM;
  if (export->rc == SQLITE_OK) {
    export->rc = sqlite3_prepare_v2(export->store->db, sql, -1, &row, NULL);
  }
  if (store_row(row, &export->rc) && sqlite3_column_type(row, 0) != SQLITE_NULL) {
    answer = sqlite3_mprintf("%s", (const char *)sqlite3_column_text(row, 0));
    if (!answer) export->rc = SQLITE_NOMEM;
  }
  sqlite3_finalize(row);
  sqlite3_free(sql);
  return answer;
}

static char *plain_columns(struct export *export, const char *table) {
  char *columns = NULL;
  sqlite3_stmt *row = query_open(export->store, sql_plain_columns, &export->rc, "z", table);
  if (store_row(row, &export->rc)) {
    columns = sqlite3_mprintf("%s", (const char *)sqlite3_column_text(row, 0));
    if (!columns) export->rc = SQLITE_NOMEM;
  }
  store_put(export->store, sql_plain_columns, row, &export->rc);
  return columns;
}

/* ---- tables of the target ---- */

/* An earlier export's goes; anybody else's is refused. */
static void drop_table(struct export *export, const char *table) {
  char *there = ask(export, sqlite3_mprintf("SELECT sql FROM \"%w\".sqlite_schema"
                                            " WHERE name = %Q COLLATE NOCASE",
                                            export->schema, table));
  char *noted =
      ask(export, sqlite3_mprintf("SELECT definition FROM \"%w\"." NOTES " WHERE name = %Q",
                                  export->schema, table));
  if (export->rc == SQLITE_OK && there && (!noted || strcmp(noted, there) != 0)) {
    export->message = sqlite3_mprintf(
        "billing_export: no export wrote that table, '%s.%s', rename it or attach another file",
        export->schema, table);
    export->rc = SQLITE_ERROR;
  }
  if (there) run(export, sqlite3_mprintf("DROP TABLE \"%w\".\"%w\"", export->schema, table));
  sqlite3_free(there);
  sqlite3_free(noted);
}

static void make_table(struct export *export, const char *table) {
  char *columns = plain_columns(export, table);
  run(export, sqlite3_mprintf("CREATE TABLE \"%w\".\"%w\"(%s)", export->schema, table,
                              columns ? columns : ""));
  run(export, sqlite3_mprintf("INSERT OR REPLACE INTO \"%w\"." NOTES
                              " SELECT name, sql FROM \"%w\".sqlite_schema WHERE name = %Q",
                              export->schema, export->schema, table));
  sqlite3_free(columns);
}

/*
** A preview settles and takes that back, which can't be done inside a statement that writes:
** its rows are read before all others.
*/
static void keep_preview(struct export *export) {
  struct kept_rows *kept = &export->preview;
  sqlite3_stmt *row = query_open(export->store, sql_preview, &export->rc, "");
  kept->width = row ? sqlite3_column_count(row) : 0;
  while (store_row(row, &export->rc)) {
    for (int i = 0; i < kept->width && export->rc == SQLITE_OK; i++) {
      kept->values =
          store_grow(kept->values, kept->count, &kept->room, sizeof(*kept->values), &export->rc);
      if (export->rc != SQLITE_OK) break;
      kept->values[kept->count] = sqlite3_value_dup(sqlite3_column_value(row, i));
      if (!kept->values[kept->count++]) export->rc = SQLITE_NOMEM;
    }
  }
  if (export->rc != SQLITE_OK && export->rc != SQLITE_NOMEM) {
    export->message = store_error(export->store->db, "billing_export", export->rc);
  }
  store_put(export->store, sql_preview, row, &export->rc);
}

static void forget_preview(struct export *export) {
  for (int i = 0; i < export->preview.count; i++) sqlite3_value_free(export->preview.values[i]);
  sqlite3_free(export->preview.values);
}

/* `(?, ?, …)`, for sqlite3_free(). */
static char *places(int width) {
  sqlite3_str *text = sqlite3_str_new(NULL);
  for (int i = 0; i < width; i++) sqlite3_str_appendf(text, "%s?", i ? ", " : "");
  return sqlite3_str_finish(text);
}

static void fill_preview(struct export *export) {
  const struct kept_rows *kept = &export->preview;
  sqlite3_stmt *insert = NULL;
  char *row = places(kept->width);
  char *sql =
      sqlite3_mprintf("INSERT INTO \"%w\".settlement_preview VALUES (%s)", export->schema, row);
  export->rc =
      row && sql ? sqlite3_prepare_v2(export->store->db, sql, -1, &insert, NULL) : SQLITE_NOMEM;
  for (int i = 0; i < kept->count && export->rc == SQLITE_OK; i += kept->width) {
    for (int j = 0; j < kept->width; j++) sqlite3_bind_value(insert, j + 1, kept->values[i + j]);
    store_row(insert, &export->rc);
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  sqlite3_free(sql);
  sqlite3_free(row);
}

static void fill_table(struct export *export, const char *table) {
  if (strcmp(table, "settlement_preview") == 0) {
    fill_preview(export);
    return;
  }
  run(export, sqlite3_mprintf("INSERT INTO \"%w\".\"%w\" SELECT * FROM main.\"%w\"", export->schema,
                              table, table));
}

static void each_table(struct export *export, void (*call)(struct export *, const char *)) {
  for (int i = 0; i < FACT_COUNT && export->rc == SQLITE_OK; i++) call(export, facts[i]);
  for (int i = 0; tables_name(i) && export->rc == SQLITE_OK; i++) call(export, tables_name(i));
}

/* What refers goes before what it refers to. */
static void drop_tables(struct export *export) {
  for (int i = 0; tables_name(i) && export->rc == SQLITE_OK; i++) {
    drop_table(export, tables_name(i));
  }
  for (int i = FACT_COUNT - 1; i >= 0 && export->rc == SQLITE_OK; i--) {
    drop_table(export, facts[i]);
  }
}

/* ---- all of it or nothing ---- */

static void export_guarded(struct export *export) {
  sqlite3_stmt *breaker = NULL;
  run(export, sqlite3_mprintf("CREATE TABLE IF NOT EXISTS \"%w\"." NOTES
                              "(name TEXT PRIMARY KEY, definition TEXT)",
                              export->schema));
  drop_tables(export);
  each_table(export, make_table);
  if (export->rc == SQLITE_OK) {
    char *sql = sqlite3_mprintf("DELETE FROM \"%w\"." NOTES " WHERE name IS NULL", export->schema);
    export->rc =
        sql ? sqlite3_prepare_v2(export->store->db, sql, -1, &breaker, NULL) : SQLITE_NOMEM;
    sqlite3_free(sql);
  }
  each_table(export, fill_table);
  run(export, sqlite3_mprintf("RELEASE billing_export"));
  if (export->rc != SQLITE_OK) {
    if (!export->message) {
      export->message = store_error(export->store->db, "billing_export", export->rc);
    }
    store_undo(export->store->db, "ROLLBACK TO billing_export; RELEASE billing_export", breaker);
  }
  sqlite3_finalize(breaker);
}

/* billing_export(schema): returns how many tables it wrote */
static void export_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct export export = {.store = sqlite3_user_data(context), .rc = SQLITE_OK};
  int count = FACT_COUNT;
  (void)argc;
  if (host_replicates(context)) {
    sqlite3_result_error(context,
                         "billing_export: a query can't write, the engine replicates all files,"
                         " export from a backup",
                         -1);
    return;
  }
  export.schema = (const char *)sqlite3_value_text(argv[0]);
  if (sqlite3_value_type(argv[0]) != SQLITE_TEXT ||
      !query_number(export.store, sql_is_attached, 0, &export.rc, "v", argv[0])) {
    if (export.rc != SQLITE_OK) complain_of_sqlite(context, export.rc, "billing_export");
    if (export.rc != SQLITE_OK) return;
    complain(context, SQLITE_ERROR, "billing_export", "not the name of an attached file", argv[0],
             "run ATTACH 'plain.db' AS plain first");
    return;
  }
  keep_preview(&export);
  run(&export, sqlite3_mprintf("SAVEPOINT billing_export"));
  if (export.rc == SQLITE_OK) export_guarded(&export);
  while (tables_name(count - FACT_COUNT)) count++;
  if (export.rc == SQLITE_OK) {
    sqlite3_result_int(context, count);
  } else {
    sqlite3_result_error(context, export.message ? export.message : "billing_export", -1);
    sqlite3_result_error_code(context, export.rc);
  }
  sqlite3_free(export.message);
  forget_preview(&export);
}

const struct function_def export_functions[] = {
    {"billing_export", 1, SQLITE_DIRECTONLY, export_call, "writes another file"},
    {NULL, 0, 0, NULL, NULL},
};
