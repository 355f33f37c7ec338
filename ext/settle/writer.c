#include "settle/writer.h"
#include "facts/sql_parts.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

const char sql_unrated_add[] = "INSERT OR REPLACE INTO main._billing_unrated VALUES (?1, ?2)";

static const char sql_lot_set_used_from[] =
    "UPDATE main._billing_settled_lot SET used_from_ms = ?2 WHERE lot_id = ?1";

static const char sql_lot_set_used_up[] =
    "UPDATE main._billing_settled_lot SET used_up_ms = ?2 WHERE lot_id = ?1";

const char sql_entry_add[] = SQL_ENTRY_ADD SQL_ENTRY;

const char sql_entries_add[] =
    SQL_ENTRY_ADD SQL_ENTRIES_4 ", " SQL_ENTRIES_4 ", " SQL_ENTRIES_4 ", " SQL_ENTRIES_4;

const char sql_debt_set[] =
    "INSERT OR REPLACE INTO main._billing_debt VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const char sql_standing_set[] =
    "INSERT OR REPLACE INTO main._billing_wallet_state VALUES (?1, ?2, ?3, ?4, ?5)";

const char sql_free_add[] =
    "INSERT OR REPLACE INTO main._billing_free_usage VALUES (?1, ?2, ?3, ?4)";

void bind_since(sqlite3_stmt *statement, int index, int64_t ms) {
  if (ms == NEVER) {
    sqlite3_bind_null(statement, index);
  } else {
    sqlite3_bind_int64(statement, index, ms);
  }
}

void bind_entry(sqlite3_stmt *add, int row, const struct entry *entry) {
  int last = row * 7;
  sqlite3_bind_int64(add, last + 1, entry->lot_id);
  sqlite3_bind_int64(add, last + 2, entry->charged_ms);
  sqlite3_bind_int64(add, last + 3, entry->lot_used);
  sqlite3_bind_int64(add, last + 4, entry->usage_id);
  sqlite3_bind_int64(add, last + 5, entry->units);
  sqlite3_bind_int(add, last + 6, entry->part);
  sqlite3_bind_int(add, last + 7, entry->is_offset);
}

static void note_use(struct store *store, const char *id, const struct entry *entry, int *rc) {
  sqlite3_stmt *set = store_take(store, id, rc);
  if (set) {
    sqlite3_bind_int64(set, 1, entry->lot_id);
    sqlite3_bind_int64(set, 2, entry->charged_ms);
  }
  store_run(store, id, set, rc);
}

void note_entry(struct store *store, const struct entry *entry, int *rc) {
  if (entry->lot_used == entry->units) note_use(store, sql_lot_set_used_from, entry, rc);
  if (entry->lot_left == 0) note_use(store, sql_lot_set_used_up, entry, rc);
}

void bind_debt(sqlite3_stmt *set, int64_t wallet_id, const struct debt *debt, int64_t since_ms) {
  sqlite3_bind_int64(set, 1, wallet_id);
  sqlite3_bind_int64(set, 2, debt->at_ms);
  sqlite3_bind_int64(set, 3, debt->usage_id);
  sqlite3_bind_int64(set, 4, since_ms);
  sqlite3_bind_int64(set, 5, debt->owed);
  sqlite3_bind_int64(set, 6, debt->rated);
  sqlite3_bind_int(set, 7, debt->parts);
}

void bind_standing(sqlite3_stmt *set, int64_t wallet_id, const struct standing *standing,
                   int64_t at_ms) {
  sqlite3_bind_int64(set, 1, wallet_id);
  sqlite3_bind_int64(set, 2, at_ms);
  sqlite3_bind_int64(set, 3, standing->debt);
  bind_since(set, 4, standing->negative_since);
  bind_since(set, 5, standing->blocked_since);
}
