#include "store/close.h"

#include <stddef.h>

#include "core/access.h"

SQLITE_EXTENSION_INIT3

struct members {
  int64_t *wallet_ids;
  int count, room;
};

static bool is_member(const struct members *members, int64_t wallet_id) {
  for (int i = 0; i < members->count; i++) {
    if (members->wallet_ids[i] == wallet_id) return true;
  }
  return false;
}

static void add_member(struct members *members, int64_t wallet_id, int *rc) {
  if (*rc != SQLITE_OK || is_member(members, wallet_id)) return;
  members->wallet_ids =
      store_grow(members->wallet_ids, members->count, &members->room, sizeof(int64_t), rc);
  if (*rc == SQLITE_OK) members->wallet_ids[members->count++] = wallet_id;
}

static bool any_close(struct store *store, int *rc) {
  sqlite3_stmt *row = store_take(store, CLOSED_ANY, rc);
  bool any = store_row(row, rc) && sqlite3_column_int(row, 0) != 0;
  store_put(store, CLOSED_ANY, row, rc);
  return any;
}

static void add_neighbours(struct store *store, struct members *members, int64_t wallet_id,
                           int *rc) {
  sqlite3_stmt *row = store_take(store, NEIGHBOURS, rc);
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  while (store_row(row, rc)) add_member(members, sqlite3_column_int64(row, 0), rc);
  store_put(store, NEIGHBOURS, row, rc);
}

int64_t close_of_team(struct store *store, int64_t wallet_id, int *rc) {
  sqlite3_stmt *row = store_take(store, CLOSED_UNTIL, rc);
  int64_t closed_ms = NEVER;
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  if (store_row(row, rc) && sqlite3_column_type(row, 0) != SQLITE_NULL) {
    closed_ms = sqlite3_column_int64(row, 0);
  }
  store_put(store, CLOSED_UNTIL, row, rc);
  return closed_ms;
}

int64_t close_of_wallet(struct store *store, int64_t wallet_id, int *rc) {
  struct members members = {NULL, 0, 0};
  int64_t closed_ms = NEVER;
  if (!any_close(store, rc)) return NEVER;
  add_member(&members, wallet_id, rc);
  for (int i = 0; i < members.count && *rc == SQLITE_OK; i++) {
    int64_t until = close_of_team(store, members.wallet_ids[i], rc);
    if (until > closed_ms) closed_ms = until;
    add_neighbours(store, &members, members.wallet_ids[i], rc);
  }
  sqlite3_free(members.wallet_ids);
  return closed_ms;
}

static bool ask(struct store *store, enum statement_id id, int64_t first, int64_t second,
                int64_t third, int *rc) {
  sqlite3_stmt *row = store_take(store, id, rc);
  bool answer;
  if (row) {
    int count = sqlite3_bind_parameter_count(row);
    sqlite3_bind_int64(row, 1, first);
    if (count > 1) sqlite3_bind_int64(row, 2, second);
    if (count > 2) sqlite3_bind_int64(row, 3, third);
  }
  answer = store_row(row, rc) && sqlite3_column_int(row, 0) != 0;
  store_put(store, id, row, rc);
  return answer;
}

/* The wallet that usage `usage_id` stands with at `at_ms`; wallet_id 0 looks with all. 0: none. */
static int64_t standing_wallet(struct store *store, int64_t usage_id, int64_t at_ms,
                               int64_t wallet_id, int *rc) {
  sqlite3_stmt *row = store_take(store, EXPLAIN_PLACE, rc);
  int64_t found = 0;
  if (row) {
    sqlite3_bind_int64(row, 1, usage_id);
    sqlite3_bind_int64(row, 2, at_ms);
    if (wallet_id) sqlite3_bind_int64(row, 3, wallet_id);
  }
  if (store_row(row, rc)) found = sqlite3_column_int64(row, 0);
  store_put(store, EXPLAIN_PLACE, row, rc);
  return found;
}

int64_t close_find_usage(struct store *store, int64_t payer_id, int64_t usage_id,
                         int64_t occurred_ms, int64_t *wallet_id, int *rc) {
  sqlite3_stmt *closes;
  int64_t at_ms = occurred_ms;
  *wallet_id = payer_id ? standing_wallet(store, usage_id, at_ms, payer_id, rc) : 0;
  if (*wallet_id || *rc != SQLITE_OK) return at_ms;
  closes = store_take(store, EXPLAIN_CLOSES, rc);
  if (closes) sqlite3_bind_int64(closes, 1, occurred_ms);
  while (payer_id && !*wallet_id && store_row(closes, rc)) {
    at_ms = sqlite3_column_int64(closes, 0);
    *wallet_id = standing_wallet(store, usage_id, at_ms, payer_id, rc);
  }
  if (closes && !*wallet_id) {
    sqlite3_reset(closes);
    at_ms = occurred_ms;
    *wallet_id = standing_wallet(store, usage_id, at_ms, 0, rc);
  }
  while (!*wallet_id && store_row(closes, rc)) {
    at_ms = sqlite3_column_int64(closes, 0);
    *wallet_id = standing_wallet(store, usage_id, at_ms, 0, rc);
  }
  store_put(store, EXPLAIN_CLOSES, closes, rc);
  return at_ms;
}

/*
** Not the payer of today decides, but the wallet that the usage is settled with: assignments may have
** changed since. One that is pending or unrated is not settled at all.
*/
bool close_holds_usage(struct store *store, int64_t payer_id, int64_t usage_id, int64_t occurred_ms,
                       int *rc) {
  int64_t wallet_id = 0, counted_ms, closed_ms;
  if (!any_close(store, rc) || ask(store, USAGE_UNSETTLED, usage_id, 0, 0, rc)) return false;
  counted_ms = close_find_usage(store, payer_id, usage_id, occurred_ms, &wallet_id, rc);
  if (!wallet_id || *rc != SQLITE_OK) return false;
  closed_ms = close_of_wallet(store, wallet_id, rc);
  return closed_ms != NEVER && counted_ms < closed_ms;
}

bool close_holds_move(struct store *store, int64_t wallet_id, int64_t lot_id, int64_t moved_ms,
                      int *rc) {
  int64_t closed_ms = close_of_wallet(store, wallet_id, rc);
  sqlite3_stmt *row;
  bool held;
  if (closed_ms == NEVER || moved_ms >= closed_ms) return false;
  row = store_take(store, MOVE_COUNTED, rc);
  if (row) {
    sqlite3_bind_int64(row, 1, lot_id);
    sqlite3_bind_int64(row, 2, moved_ms);
    sqlite3_bind_int64(row, 3, wallet_id);
  }
  held = store_row(row, rc) && sqlite3_column_int64(row, 0) < closed_ms;
  store_put(store, MOVE_COUNTED, row, rc);
  return held;
}

bool close_holds_lot(struct store *store, int64_t lot_id, int64_t closed_ms, int *rc) {
  return closed_ms != NEVER && ask(store, LOT_STARTED, lot_id, closed_ms, 0, rc);
}
