/*
** settlement_preview(team_id): the ledger rows that settle() would take back ('-') and add ('+').
**
** It settles inside a savepoint, keeps what the wallets that were settled have in the ledger then,
** takes all of that back, and compares with what they have before the first row is read. So it
** needs the right to write, and the write lock for that while; and it is refused inside a statement
** that writes, which SQLite cannot undo apart.
*/
#include <stdlib.h>
#include <string.h>

#include "core/instant.h"
#include "core/units.h"
#include "settle/settle.h"
#include "tables/query_table.h"
#include "tables/reading_parts.h"
#include "facts/lookup.h"
#include "facts/access_guard.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

/* Nothing that is stored before this instant can change at the next settle(). */
static const char sql_preview_since[] =
    "SELECT min(from_ms) FROM (SELECT from_ms FROM " SQL_MARKS
    " UNION ALL SELECT billing_ms(u.occurred_at) FROM (" SQL_PENDING_IDS
    ") i"
    "  CROSS JOIN main.usage u ON u.usage_id = i.usage_id"
    " UNION ALL SELECT billing_ms(u.occurred_at) FROM main._billing_change c"
    "  CROSS JOIN main._billing_unrated r CROSS JOIN main.usage u ON u.usage_id = r.usage_id"
    "  WHERE c.id = 1 AND c.retry)";

static const char sql_preview_entries[] =
    "SELECT s.wallet_id, e.lot_id, e.charged_ms, e.usage_id, e.is_offset, e.units, e.part"
    " FROM main._billing_holding s CROSS JOIN main.ledger_entry e ON e.lot_id = s.lot_id"
    "  AND e.charged_ms >= max(?2, s.from_ms) AND e.charged_ms < s.to_ms WHERE s.wallet_id = ?1"
    " ORDER BY e.lot_id, e.charged_ms, e.usage_id, e.is_offset";

static const char sql_preview_usage[] = "SELECT u.client_id, " SQL_NAMES
                                        ", u.occurred_at FROM main.usage u"
                                        " WHERE u.usage_id = ?1";

enum column {
  CHANGE,
  ENTRY_ID,
  TEAM_ID,
  USAGE_ID,
  LOT_ID,
  CLIENT_ID,
  API,
  SKU,
  OCCURRED_AT,
  CHARGED_AT,
  ENTRY,
  TOKENS,
  UNITS,
  COLUMN_COUNT
};

/*
** An entry as the ledger shows it. A lot pays a usage once at an instant, so the second line is a
** key.
*/
struct preview_row {
  int64_t wallet_id, units;
  int64_t lot_id, charged_ms, usage_id, is_offset;
  int part;
  char change;
};

struct preview {
  struct query_cursor *cursor;
  struct store *store;
  int64_t wallet_id; /* 0: all */
  int64_t since_ms;
  struct wallet_list settled;
  struct preview_row *after; /* of each settled wallet in turn, by key */
  int count, room;
  int rc;
};

/* ---- before and after ---- */

static int compare(int64_t a, int64_t b) {
  return (a > b) - (a < b);
}

static int compare_keys(const struct preview_row *a, const struct preview_row *b) {
  int order = compare(a->lot_id, b->lot_id);
  if (order == 0) order = compare(a->charged_ms, b->charged_ms);
  if (order == 0) order = compare(a->usage_id, b->usage_id);
  return order ? order : compare(a->is_offset, b->is_offset);
}

static sqlite3_stmt *open_entries(struct preview *preview, int64_t wallet_id) {
  return query_open(preview->store, sql_preview_entries, &preview->rc, "ii", wallet_id,
                    preview->since_ms);
}

static void read_entry(sqlite3_stmt *row, struct preview_row *entry) {
  memset(entry, 0, sizeof(*entry));
  entry->wallet_id = sqlite3_column_int64(row, 0);
  entry->lot_id = sqlite3_column_int64(row, 1);
  entry->charged_ms = sqlite3_column_int64(row, 2);
  entry->usage_id = sqlite3_column_int64(row, 3);
  entry->is_offset = sqlite3_column_int64(row, 4);
  entry->units = sqlite3_column_int64(row, 5);
  entry->part = sqlite3_column_int(row, 6);
}

static void keep_after(struct preview *preview, int64_t wallet_id) {
  sqlite3_stmt *row = open_entries(preview, wallet_id);
  while (store_row(row, &preview->rc)) {
    preview->after = store_grow(preview->after, preview->count, &preview->room,
                                sizeof(*preview->after), &preview->rc);
    if (preview->rc != SQLITE_OK) break;
    read_entry(row, &preview->after[preview->count++]);
  }
  store_put(preview->store, sql_preview_entries, row, &preview->rc);
}

static void add_change(struct preview *preview, const struct preview_row *entry, char change) {
  struct preview_row *row = result_add(preview->cursor, &preview->rc);
  if (!row) return;
  *row = *entry;
  row->change = change;
}

/*
** What a wallet has, with what it would have from *place on; moves that on to the next wallet. An
** entry that another wallet would have goes here and comes there.
*/
static void compare_wallet(struct preview *preview, int64_t wallet_id, int *place) {
  sqlite3_stmt *row = open_entries(preview, wallet_id);
  const struct preview_row *next = preview->after + *place, *end = next;
  struct preview_row old;
  while (end < preview->after + preview->count && end->wallet_id == wallet_id) end++;
  *place += (int)(end - next);
  while (store_row(row, &preview->rc)) {
    read_entry(row, &old);
    while (next < end && compare_keys(next, &old) < 0) add_change(preview, next++, '+');
    if (next < end && compare_keys(next, &old) == 0) {
      const struct preview_row *now = next++;
      if (now->units == old.units) continue;
      add_change(preview, now, '+');
    }
    add_change(preview, &old, '-');
  }
  while (next < end && preview->rc == SQLITE_OK) add_change(preview, next++, '+');
  store_put(preview->store, sql_preview_entries, row, &preview->rc);
}

static void compare_before(struct preview *preview) {
  int place = 0;
  for (int i = 0; i < preview->settled.count && preview->rc == SQLITE_OK; i++) {
    compare_wallet(preview, preview->settled.wallet_ids[i], &place);
  }
}

/* As the ledger is ordered; what is taken back comes before what takes its place. */
static int compare_rows(const void *left, const void *right) {
  const struct preview_row *a = left;
  const struct preview_row *b = right;
  int order = compare(a->wallet_id, b->wallet_id);
  if (order == 0) order = compare(a->charged_ms, b->charged_ms);
  if (order == 0) order = compare(b->is_offset, a->is_offset);
  if (order == 0) order = compare(a->usage_id, b->usage_id);
  if (order == 0) order = compare(b->change, a->change);
  return order ? order : compare(a->part, b->part);
}

/* ---- settle and take it back ---- */

static int refuse(struct query_cursor *cursor, const char *why) {
  return query_fail(cursor, SQLITE_ERROR, sqlite3_mprintf("settlement_preview: %s", why));
}

static int read_only(struct query_cursor *cursor) {
  return refuse(cursor,
                "the database is read-only, and a preview settles before it takes that back,"
                " open it for writing or read a copy");
}

/* Of the wallets that were settled, the one that is asked for, or all. */
static void choose_wallets(struct preview *preview) {
  struct wallet_list *settled = &preview->settled;
  int count = settled->count;
  settled->count = 0;
  for (int i = 0; i < count; i++) {
    bool asked = !preview->wallet_id || settled->wallet_ids[i] == preview->wallet_id;
    if (asked) settled->wallet_ids[settled->count++] = settled->wallet_ids[i];
  }
}

static void settle_and_keep(struct preview *preview) {
  char *message = NULL;
  int64_t settled;
  preview->store->settled_wallets = &preview->settled;
  preview->rc = settle(preview->store, NULL, &settled, &message);
  preview->store->settled_wallets = NULL;
  if (preview->rc == SQLITE_READONLY) {
    sqlite3_free(message);
    preview->rc = read_only(preview->cursor);
  } else if (preview->rc != SQLITE_OK) {
    query_fail(preview->cursor, preview->rc, message);
  } else {
    choose_wallets(preview);
    for (int i = 0; i < preview->settled.count && preview->rc == SQLITE_OK; i++) {
      keep_after(preview, preview->settled.wallet_ids[i]);
    }
  }
}

static int preview_inside(struct preview *preview) {
  struct store *store = preview->store;
  sqlite3_int64 last_rowid = sqlite3_last_insert_rowid(store->db);
  bool in_transaction = sqlite3_get_autocommit(store->db) == 0;
  sqlite3_stmt *clear = store_take(store, sql_settling_clear, &preview->rc);
  int rc, ignored = SQLITE_OK;
  if (preview->rc != SQLITE_OK) return preview->rc;
  rc = sqlite3_exec(store->db, "SAVEPOINT billing_preview", NULL, NULL, NULL);
  if (rc == SQLITE_BUSY) {
    preview->rc = refuse(preview->cursor,
                         "called inside a statement that writes, which cannot be"
                         " undone apart, read it by a SELECT of its own");
  } else if (rc != SQLITE_OK) {
    preview->rc = rc;
  } else {
    settle_and_keep(preview);
    if (preview->rc != SQLITE_OK && preview->rc != SQLITE_NOMEM) {
      query_fail(preview->cursor, preview->rc,
                 store_error(store->db, "settlement_preview", preview->rc));
    }
    store_undo(store->db,
               in_transaction ? "ROLLBACK TO billing_preview; RELEASE billing_preview" : "ROLLBACK",
               clear);
  }
  store_put(store, sql_settling_clear, clear, &ignored);
  sqlite3_set_last_insert_rowid(store->db, last_rowid);
  return preview->rc;
}

/* ---- the table ---- */

static int64_t ask(struct store *store, const char *id, sqlite3_value *value, int *rc) {
  sqlite3_stmt *row = store_take(store, id, rc);
  int64_t answer = 0;
  if (row && value) sqlite3_bind_value(row, 1, value);
  if (store_row(row, rc)) answer = sqlite3_column_int64(row, 0);
  store_put(store, id, row, rc);
  return answer;
}

static int preview_fill(struct query_cursor *cursor) {
  struct preview preview = {.cursor = cursor, .store = query_store(cursor)};
  sqlite3_value *team = query_given(cursor, PARAM_TEAM);
  bool work;
  if (cursor->batch.number > 1) return SQLITE_OK;
  work = ask(query_store(cursor), sql_work_to_do, NULL, &preview.rc) != 0;
  if (team) {
    preview.wallet_id = ask(query_store(cursor), sql_wallet_of_team, team, &preview.rc);
    work = work && preview.wallet_id;
  }
  if (preview.rc != SQLITE_OK || !work) return preview.rc;
  if (sqlite3_db_readonly(query_store(cursor)->db, "main") == 1) return read_only(cursor);
  preview.since_ms = ask(query_store(cursor), sql_preview_since, NULL, &preview.rc);
  if (preview.rc == SQLITE_OK) preview_inside(&preview);
  compare_before(&preview);
  sqlite3_free(preview.after);
  sqlite3_free(preview.settled.wallet_ids);
  if (preview.rc == SQLITE_OK && cursor->batch.count > 1) {
    qsort(cursor->batch.rows, (size_t)cursor->batch.count, sizeof(struct preview_row),
          compare_rows);
  }
  return preview.rc;
}

/* A column of the row that belongs to a key. */
static int result_of(struct query_cursor *cursor, sqlite3_context *context, const char *id,
                     int64_t key, int column) {
  struct store *store = query_store(cursor);
  int rc = SQLITE_OK;
  sqlite3_stmt *row = store_take(store, id, &rc);
  if (row) sqlite3_bind_int64(row, 1, key);
  if (store_row(row, &rc)) rc = query_result(cursor, context, sqlite3_column_value(row, column));
  store_put(store, id, row, &rc);
  return rc;
}

static int preview_column(struct query_cursor *cursor, sqlite3_context *context, int column) {
  const struct preview_row *row = result_row(cursor);
  char text[INSTANT_TEXT_SIZE];
  switch ((enum column)column) {
    case CHANGE:
      sqlite3_result_text(context, &row->change, 1, SQLITE_TRANSIENT);
      break;
    case ENTRY_ID:
      sqlite3_result_int64(context, (int64_t)((uint64_t)row->usage_id << 10) | row->part);
      break;
    case TEAM_ID:
      return result_of(cursor, context, sql_names_of_wallet, row->wallet_id, 0);
    case USAGE_ID:
      sqlite3_result_int64(context, row->usage_id);
      break;
    case LOT_ID:
      sqlite3_result_int64(context, row->lot_id);
      break;
    case CHARGED_AT:
      instant_format(row->charged_ms, text);
      sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
      break;
    case ENTRY:
      sqlite3_result_text(context, row->is_offset ? "offset" : "charge", -1, SQLITE_STATIC);
      break;
    case TOKENS:
      sqlite3_result_double(context, units_to_tokens(row->units));
      break;
    case UNITS:
      sqlite3_result_int64(context, row->units);
      break;
    default:
      return result_of(cursor, context, sql_preview_usage, row->usage_id, column - CLIENT_ID);
  }
  return SQLITE_OK;
}

static void preview_key(const void *data, sqlite3_str *key) {
  const struct preview_row *row = data;
  sqlite3_str_appendf(key, "%c%lld,%lld,%lld,%lld", row->change, (long long)row->lot_id,
                      (long long)row->charged_ms, (long long)row->usage_id,
                      (long long)row->is_offset);
}

static const struct query_batches preview_batches = {
    .row_bytes = (int)sizeof(struct preview_row),
    .fill = preview_fill,
    .column = preview_column,
    .key = preview_key,
};

const struct query_table settlement_preview_table = {
    .name = "settlement_preview",
    .columns =
        "change TEXT, entry_id BIGINT, team_id TEXT, usage_id BIGINT,"
        " lot_id BIGINT, client_id TEXT, api TEXT, sku TEXT, occurred_at TIMESTAMP,"
        " charged_at TIMESTAMP, entry TEXT, tokens REAL, units BIGINT,"
        " p_team TEXT HIDDEN",
    .rows_per_team = 100,
    .batches = &preview_batches,
};
