/*
** Inserts entries, debts, states and lists of usage, so that one place decides how an amount, an
** instant and a class are stored. NEVER is stored as NULL. Debts and states are replaced by key: a
** step at the same instant takes the place of the one before it, and readers find one row an
** instant.
*/
#include "settle/writer.h"

#include "store/query.h"

SQLITE_EXTENSION_INIT3

#define ENTRIES_AT_ONCE 16 /* a statement costs more than a row of it */

/* ---- statements ---- */

#define SQL_ENTRY_ADD                                                                  \
  "INSERT INTO main.ledger_entry(lot_id, charged_ms, lot_used, usage_id, units, part," \
  " is_offset) VALUES "
#define SQL_ENTRY "(?, ?, ?, ?, ?, ?, ?)"
#define SQL_ENTRIES_4 SQL_ENTRY ", " SQL_ENTRY ", " SQL_ENTRY ", " SQL_ENTRY

static const char sql_entry_add[] = SQL_ENTRY_ADD SQL_ENTRY;

static const char sql_entries_add[] =
    SQL_ENTRY_ADD SQL_ENTRIES_4 ", " SQL_ENTRIES_4 ", " SQL_ENTRIES_4 ", " SQL_ENTRIES_4;

/*
** A lot's first and last use are kept with it, so that a lot never used or used up is not looked
** at.
*/
static const char sql_lot_set_used_from[] =
    "UPDATE main._billing_settled_lot SET used_from_ms = ?2 WHERE lot_id = ?1";

static const char sql_lot_set_used_up[] =
    "UPDATE main._billing_settled_lot SET used_up_ms = ?2 WHERE lot_id = ?1";

static const char sql_debt_set[] =
    "INSERT OR REPLACE INTO main._billing_debt VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

static const char sql_state_set[] =
    "INSERT OR REPLACE INTO main._billing_wallet_state VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/*
** Dropping, raising and repeating states serves single usage (timeline_insert(), late_owe()).
** settle() deletes from its start on instead.
*/
static const char sql_state_drop[] =
    "DELETE FROM main._billing_wallet_state WHERE wallet_id = ?1 AND at_ms = ?2";

static const char sql_states_raise[] =
    "UPDATE main._billing_wallet_state SET debt_units = debt_units + ?4"
    " WHERE wallet_id = ?1 AND at_ms BETWEEN ?2 AND ?3";

static const char sql_state_repeat[] =
    "INSERT OR IGNORE INTO main._billing_wallet_state SELECT ?1, ?2, debt_units, negative_since_ms,"
    " blocked_since_ms, grace_ends_ms FROM main._billing_wallet_state WHERE wallet_id = ?1"
    " AND at_ms <= ?2 ORDER BY at_ms DESC LIMIT 1";

static const char sql_free_add[] =
    "INSERT OR REPLACE INTO main._billing_free_usage VALUES (?1, ?2, ?3, ?4)";

static const char sql_unrated_add[] =
    "INSERT OR REPLACE INTO main._billing_unrated VALUES (?1, ?2)";

void bind_since(sqlite3_stmt *statement, int index, int64_t ms) {
  if (ms == NEVER) {
    sqlite3_bind_null(statement, index);
  } else {
    sqlite3_bind_int64(statement, index, ms);
  }
}

/* ---- entries ---- */

void writer_open(struct writer *writer, struct store *store, bool many) {
  writer->store = store;
  writer->waiting = many ? sqlite3_malloc64(ENTRIES_AT_ONCE * sizeof(*writer->waiting)) : NULL;
  writer->waiting_count = 0;
}

void writer_close(struct writer *writer) {
  sqlite3_free(writer->waiting);
  writer->waiting = NULL;
  writer->waiting_count = 0;
}

/*
** `row`: which one of the statement, from 0. lot_used is stored less the late units (late_units.h).
*/
static void bind_entry(sqlite3_stmt *add, int row, const struct entry *entry) {
  int last = row * 7;
  sqlite3_bind_int64(add, last + 1, entry->lot_id);
  sqlite3_bind_int64(add, last + 2, entry->charged_ms);
  sqlite3_bind_int64(add, last + 3, entry->lot_used - entry->late);
  sqlite3_bind_int64(add, last + 4, entry->usage_id);
  sqlite3_bind_int64(add, last + 5, entry->units);
  sqlite3_bind_int(add, last + 6, entry->part);
  sqlite3_bind_int(add, last + 7, entry->is_offset);
}

static void insert_entries(struct store *store, const char *sql, const struct entry *entries,
                           int count, int *rc) {
  sqlite3_stmt *add = store_take(store, sql, rc);
  for (int i = 0; add && i < count; i++) bind_entry(add, i, &entries[i]);
  store_run(store, sql, add, rc);
}

/* A full batch is one statement; the rest are single ones, so two statements serve all counts. */
void writer_flush(struct writer *writer, int *rc) {
  int count = writer->waiting_count;
  writer->waiting_count = 0;
  if (count == ENTRIES_AT_ONCE) {
    insert_entries(writer->store, sql_entries_add, writer->waiting, count, rc);
    return;
  }
  for (int i = 0; i < count; i++) {
    insert_entries(writer->store, sql_entry_add, &writer->waiting[i], 1, rc);
  }
}

/* The row of the lot exists: group_lots.c has written it before anything is charged. */
static void note_use(struct store *store, const char *sql, const struct entry *entry, int *rc) {
  sqlite3_stmt *set = store_take(store, sql, rc);
  if (set) {
    sqlite3_bind_int64(set, 1, entry->lot_id);
    sqlite3_bind_int64(set, 2, entry->charged_ms);
  }
  store_run(store, sql, set, rc);
}

/*
** First use: all that the lot has paid is this entry. The lot's row is written at once, though the
** entry itself may wait.
*/
void write_entry(struct writer *writer, const struct entry *entry, int *rc) {
  struct store *store = writer->store;
  if (!writer->waiting) {
    insert_entries(store, sql_entry_add, entry, 1, rc);
  } else {
    writer->waiting[writer->waiting_count++] = *entry;
    if (writer->waiting_count == ENTRIES_AT_ONCE) writer_flush(writer, rc);
  }
  if (entry->lot_used == entry->units) note_use(store, sql_lot_set_used_from, entry, rc);
  if (entry->lot_left == 0) note_use(store, sql_lot_set_used_up, entry, rc);
}

/* ---- debts and states ---- */

void write_debt(struct writer *writer, int64_t wallet_id, const struct debt *debt, int64_t since_ms,
                int *rc) {
  sqlite3_stmt *set = store_take(writer->store, sql_debt_set, rc);
  if (set) {
    sqlite3_bind_int64(set, 1, wallet_id);
    sqlite3_bind_int64(set, 2, debt->at_ms);
    sqlite3_bind_int64(set, 3, debt->usage_id);
    sqlite3_bind_int64(set, 4, since_ms);
    sqlite3_bind_int64(set, 5, debt->owed);
    sqlite3_bind_int64(set, 6, debt->rated);
    sqlite3_bind_int(set, 7, debt->parts);
  }
  store_run(writer->store, sql_debt_set, set, rc);
}

/* The end of grace is stored too: a later policy must not move it. */
void write_state(struct writer *writer, int64_t wallet_id, const struct wallet_state *wallet_state,
                 int64_t at_ms, int *rc) {
  const char *sql = sql_state_set;
  sqlite3_stmt *set = store_take(writer->store, sql, rc);
  if (set) {
    sqlite3_bind_int64(set, 1, wallet_id);
    sqlite3_bind_int64(set, 2, at_ms);
    sqlite3_bind_int64(set, 3, wallet_state->debt);
    bind_since(set, 4, wallet_state->negative_since);
    bind_since(set, 5, wallet_state->blocked_since);
    bind_since(set, 6, wallet_state->negative_since == NEVER ? NEVER : wallet_state->grace_ends);
  }
  store_run(writer->store, sql, set, rc);
}

void drop_state(struct writer *writer, int64_t wallet_id, int64_t at_ms, int *rc) {
  query_run(writer->store, sql_state_drop, rc, "ii", wallet_id, at_ms);
}

void repeat_state(struct writer *writer, int64_t wallet_id, int64_t at_ms, int *rc) {
  query_run(writer->store, sql_state_repeat, rc, "ii", wallet_id, at_ms);
}

void raise_states(struct writer *writer, int64_t wallet_id, int64_t from_ms, int64_t to_ms,
                  int64_t units, int *rc) {
  query_run(writer->store, sql_states_raise, rc, "iiii", wallet_id, from_ms, to_ms, units);
}

/* ---- usage that is not paid ---- */

void write_free(struct store *store, int64_t wallet_id, int64_t at_ms, int64_t usage_id,
                enum usage_class class, int *rc) {
  query_run(store, sql_free_add, rc, "iiiz", wallet_id, at_ms, usage_id, usage_class_name(class));
}

void write_unrated(struct store *store, int64_t usage_id, enum usage_class class, int *rc) {
  query_run(store, sql_unrated_add, rc, "iz", usage_id, usage_class_name(class));
}
