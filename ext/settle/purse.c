#include "settle/purse.h"

#include <stdlib.h>
#include <string.h>

#include "facts/access.h"
#include "facts/closed.h"
#include "store/text.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_purse_lots[] =
    "SELECT l.lot_id, l.kind, l.units, l.purchased_ms, l.expires_ms, l.start_ms, l.end_ms,"
    " s.from_ms, s.to_ms FROM main._billing_holding s CROSS JOIN main._billing_settled_lot l"
    " ON l.lot_id = s.lot_id"
    " WHERE s.wallet_id = ?1";

static const char sql_standing_last[] =
    "SELECT at_ms, debt_units, negative_since_ms, blocked_since_ms, grace_ends_ms FROM main._billing_wallet_state"
    " WHERE wallet_id = ?1 ORDER BY at_ms DESC LIMIT 1";

static const char sql_lot_last[] =
    "SELECT charged_ms, lot_used, usage_id FROM main.ledger_entry WHERE lot_id = ?1"
    " ORDER BY charged_ms DESC, lot_used DESC LIMIT 1";

#define FOREVER INT64_MAX
#define PURSES_MAX 16384 /* beyond that all are forgotten and read again */

static void free_purse(struct purse *purse) {
  if (!purse) return;
  sqlite3_free(purse->lots);
  sqlite3_free(purse->alive);
  sqlite3_free(purse);
}

void purses_forget(struct purses *purses) {
  for (int i = 0; i < purses->room; i++) free_purse(purses->slots[i]);
  sqlite3_free(purses->slots);
  memset(purses, 0, sizeof(*purses));
}

/* ---- reading ---- */

static int compare_lots(const void *left, const void *right) {
  const struct purse_lot *a = left, *b = right;
  return lot_compare(&a->lot, &b->lot);
}

/* One row of sql_purse_lots; false: not simple. */
static bool read_lot(const struct catalogue *catalogue, sqlite3_stmt *row, struct lot *lot) {
  const struct kind *kinds;
  int count;
  kinds = catalogue_kinds(catalogue, &count);
  memset(lot, 0, sizeof(*lot));
  lot->kind = catalogue_kind(catalogue, text_of_column(row, 1));
  if (lot->kind < 0) return false;
  lot->lot_id = sqlite3_column_int64(row, 0);
  lot->rank = kinds[lot->kind].rank;
  lot->units = sqlite3_column_int64(row, 2);
  lot->purchased_ms = sqlite3_column_int64(row, 3);
  lot->expires_ms = sqlite3_column_int64(row, 4);
  lot->start_ms = sqlite3_column_int64(row, 5);
  lot->end_ms = sqlite3_column_int64(row, 6);
  return sqlite3_column_int64(row, 7) == lot->purchased_ms &&
         sqlite3_column_int64(row, 8) == FOREVER;
}

/* The lots of a wallet that are ever alive, in draw order. */
static void read_lots(struct store *store, const struct catalogue *catalogue, struct purse *purse,
                      int *rc) {
  sqlite3_stmt *row = store_take(store, sql_purse_lots, rc);
  int room = 0;
  if (row) sqlite3_bind_int64(row, 1, purse->wallet_id);
  while (purse->simple && store_row(row, rc)) {
    purse->lots = store_grow(purse->lots, purse->count, &room, sizeof(*purse->lots), rc);
    if (*rc != SQLITE_OK) break;
    struct lot *lot = &purse->lots[purse->count].lot;
    purse->simple = read_lot(catalogue, row, lot);
    if (purse->simple && lot->start_ms < lot->end_ms) purse->count++;
  }
  store_put(store, sql_purse_lots, row, rc);
  if (purse->count > 1) {
    qsort(purse->lots, (size_t)purse->count, sizeof(*purse->lots), compare_lots);
  }
}

static struct purse *read_purse(struct store *store, const struct catalogue *catalogue,
                                int64_t wallet_id, int *rc) {
  struct purse *purse = sqlite3_malloc64(sizeof(*purse));
  if (!purse) {
    *rc = SQLITE_NOMEM;
    return NULL;
  }
  memset(purse, 0, sizeof(*purse));
  purse->wallet_id = wallet_id;
  purse->simple = true;
  purse->closed_ms = close_of_wallet(store, wallet_id, rc);
  read_lots(store, catalogue, purse, rc);
  purse->alive = sqlite3_malloc64((uint64_t)purse->count * sizeof(*purse->alive) + 1);
  if (!purse->alive && *rc == SQLITE_OK) *rc = SQLITE_NOMEM;
  if (*rc == SQLITE_OK) return purse;
  free_purse(purse);
  return NULL;
}

static int slot_of(const struct purses *purses, int64_t wallet_id) {
  int slot = (int)((uint64_t)wallet_id * UINT64_C(0x9E3779B97F4A7C15) >> 40) & (purses->room - 1);
  while (purses->slots[slot] && purses->slots[slot]->wallet_id != wallet_id) {
    slot = (slot + 1) & (purses->room - 1);
  }
  return slot;
}

static void grow(struct purses *purses, int *rc) {
  struct purse **old = purses->slots;
  int old_room = purses->room, room = old_room ? old_room * 2 : 16;
  struct purse **grown = sqlite3_malloc64((uint64_t)room * sizeof(*grown));
  if (!grown) {
    *rc = SQLITE_NOMEM;
    return;
  }
  purses->slots = memset(grown, 0, (size_t)room * sizeof(*grown));
  purses->room = room;
  for (int i = 0; i < old_room; i++) {
    if (old[i]) grown[slot_of(purses, old[i]->wallet_id)] = old[i];
  }
  sqlite3_free(old);
}

struct purse *purses_find(struct purses *purses, struct store *store,
                          const struct catalogue *catalogue, int64_t wallet_id, int *rc) {
  int slot;
  if (purses->count >= PURSES_MAX) purses_forget(purses);
  if (purses->count * 4 >= purses->room * 3) grow(purses, rc);
  if (*rc != SQLITE_OK) return NULL;
  slot = slot_of(purses, wallet_id);
  if (!purses->slots[slot]) {
    purses->slots[slot] = read_purse(store, catalogue, wallet_id, rc);
    if (purses->slots[slot]) purses->count++;
  }
  return purses->slots[slot];
}

/* ---- where it stands ---- */

static void read_standing(struct store *store, struct purse *purse, int *rc) {
  sqlite3_stmt *row = store_take(store, sql_standing_last, rc);
  purse->standing = (struct standing){0, NEVER, NEVER, NEVER};
  purse->standing_ms = NEVER;
  if (row) sqlite3_bind_int64(row, 1, purse->wallet_id);
  if (store_row(row, rc)) {
    purse->standing_ms = sqlite3_column_int64(row, 0);
    purse->standing = standing_of_row(row, 1);
  }
  store_put(store, sql_standing_last, row, rc);
}

static void read_lot_place(struct store *store, struct purse_lot *lot, int *rc) {
  sqlite3_stmt *row = store_take(store, sql_lot_last, rc);
  lot->left = lot->lot.units;
  lot->last_ms = NEVER;
  if (row) sqlite3_bind_int64(row, 1, lot->lot.lot_id);
  if (store_row(row, rc)) {
    lot->last_ms = sqlite3_column_int64(row, 0);
    lot->left -= sqlite3_column_int64(row, 1);
    lot->last_usage = sqlite3_column_int64(row, 2);
  }
  store_put(store, sql_lot_last, row, rc);
}

void purse_know(struct purse *purse, struct store *store, uint64_t epoch, int64_t from_ms,
                int *rc) {
  if (purse->known == epoch && purse->known_from_ms <= from_ms) return;
  read_standing(store, purse, rc);
  for (int i = 0; i < purse->count; i++) {
    if (purse->lots[i].lot.end_ms > from_ms) read_lot_place(store, &purse->lots[i], rc);
  }
  purse->known_from_ms = from_ms;
  purse->known = *rc == SQLITE_OK ? epoch : 0;
}
