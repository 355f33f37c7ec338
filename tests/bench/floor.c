/*
** A table like the ledger, and values for its columns: they take as many bytes as the ledger's, and
** as little work as can be.
*/
#include "bench.h"

#include <string.h>

/* The ledger's own statements, CREATE TABLE and CREATE INDEX, under another name. */
void floor_same(sqlite3 *db) {
  sqlite3_stmt *part =
      prepare(db,
              "SELECT replace(sql, 'ledger_entry', 'floor_entry') FROM sqlite_schema"
              " WHERE tbl_name = 'ledger_entry' AND type IN ('table', 'index') AND sql IS NOT NULL"
              " ORDER BY type DESC");
  char *sql = sqlite3_mprintf("");
  while (sqlite3_step(part) == SQLITE_ROW) {
    sql = sqlite3_mprintf("%z%s;", sql, sqlite3_column_text(part, 0));
  }
  sqlite3_finalize(part);
  run_sql(db, sql);
  sqlite3_free(sql);
}

/*
** The ledger's stored columns and key. SQLite computes a virtual column at every insert, though it
** stores nothing: bare work does without.
*/
void floor_bare(sqlite3 *db) {
  char *sql = ask_text(
      db,
      "SELECT 'CREATE TABLE floor_entry(' ||"
      " (SELECT group_concat(name || ' INTEGER NOT NULL', ', ')"
      "  FROM pragma_table_info('ledger_entry')) || ', PRIMARY KEY(' ||"
      " (SELECT group_concat(name, ', ') FROM"
      "  (SELECT name FROM pragma_table_info('ledger_entry') WHERE pk ORDER BY pk)) || '))' ||"
      " (SELECT iif(sql LIKE '%WITHOUT ROWID', ' WITHOUT ROWID', '') FROM sqlite_schema"
      "  WHERE name = 'ledger_entry')");
  run_sql(db, sql);
  sqlite3_free(sql);
}

char *floor_names(sqlite3 *db) {
  return ask_text(db, "SELECT group_concat(name, ', ') FROM pragma_table_info('ledger_entry')");
}

static char *value_of(const char *name, const char *row, const char *lot) {
  if (strcmp(name, "lot_id") == 0) return sqlite3_mprintf("%s", lot);
  if (strcmp(name, "usage_id") == 0) return sqlite3_mprintf("%susage_id", row);
  if (strcmp(name, "charged_ms") == 0) {
    return sqlite3_mprintf("1636243200000 + %susage_id * 6307", row);
  }
  if (strcmp(name, "lot_used") == 0) return sqlite3_mprintf("%susage_id * 1800", row);
  if (strcmp(name, "units") == 0) {
    return sqlite3_mprintf("CAST(%squantity * 180000 AS INTEGER)", row);
  }
  return sqlite3_mprintf("0");
}

char *floor_values(sqlite3 *db, const char *row, const char *lot) {
  sqlite3_stmt *column = prepare(db, "SELECT name FROM pragma_table_info('ledger_entry')");
  char *values = NULL;
  while (sqlite3_step(column) == SQLITE_ROW) {
    char *value = value_of((const char *)sqlite3_column_text(column, 0), row, lot);
    values = values ? sqlite3_mprintf("%z, %z", values, value) : value;
  }
  sqlite3_finalize(column);
  return values;
}
