#include "facts/closed.h"
#include "facts/sql_parts.h"
#include "facts/known.h"

#include <stddef.h>

#include "core/access.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

const char sql_neighbours[] =
    "WITH lots(lot_id) AS ("
    " SELECT lot_id FROM main._billing_holding WHERE wallet_id = ?1"
    " UNION SELECT l.lot_id FROM main._billing_wallet w CROSS JOIN main.token_lot l"
    "  ON l.team_id = w.team_id WHERE w.wallet_id = ?1"
    " UNION SELECT m.lot_id FROM main._billing_wallet w CROSS JOIN main.lot_move m"
    "  ON m.team_id = w.team_id WHERE w.wallet_id = ?1)"
    " SELECT s.wallet_id FROM lots CROSS JOIN main._billing_holding s ON s.lot_id = lots.lot_id"
    " UNION SELECT w.wallet_id FROM lots CROSS JOIN main.token_lot l"
    "  ON l.lot_id = lots.lot_id CROSS JOIN main._billing_wallet w ON w.team_id = l.team_id"
    " UNION SELECT w.wallet_id FROM lots CROSS JOIN main.lot_move m"
    "  ON m.lot_id = lots.lot_id CROSS JOIN main._billing_wallet w ON w.team_id = m.team_id";

const char sql_closed_until[] =
    "SELECT billing_ms(max(c.closed_until)) FROM main._billing_wallet w CROSS JOIN "
    "main.period_close c"
    " ON c.team_id = w.team_id WHERE w.wallet_id = ?1";

const char sql_closed_any[] = "SELECT EXISTS (SELECT 1 FROM main.period_close)";

static const char sql_usage_unsettled[] =
    "SELECT EXISTS (SELECT 1 FROM main._billing_pending_usage WHERE usage_id = ?1)"
    " OR EXISTS (SELECT 1 FROM main._billing_unrated WHERE usage_id = ?1)"
    " OR ?1 > (SELECT value FROM main._billing_meta WHERE name = 'settled_upto')";

static const char sql_move_counted[] =
    "SELECT counts_ms FROM main._billing_settled_move WHERE lot_id = ?1 AND moved_ms = ?2"
    " AND wallet_id = ?3";

static const char sql_lot_started[] =
    "SELECT EXISTS (SELECT 1 FROM main._billing_settled_lot WHERE lot_id = ?1"
    " AND min(start_ms, end_ms) < ?2)";

static const char sql_explain_closes[] =
    "SELECT billing_ms(closed_until) FROM main.period_close"
    " WHERE billing_ms(closed_until) > ?1 GROUP BY 1 ORDER BY 1";

/* Where usage ?1 stands that counted at ?2, with wallet ?3 or, when it is NULL, any. */
static const char sql_usage_place[] =
    "SELECT s.wallet_id FROM main._billing_holding s CROSS JOIN main.ledger_entry e"
    "  ON e.lot_id = s.lot_id AND e.charged_ms = ?2"
    "  WHERE s.from_ms <= ?2 AND ?2 < s.to_ms AND e.usage_id = ?1 AND e.is_offset = 0"
    "   AND s.wallet_id BETWEEN ifnull(?3, 0) AND ifnull(?3, " SQL_END_OF_TIME
    ")"
    " UNION ALL SELECT d.wallet_id FROM main._billing_wallet w CROSS JOIN main._billing_debt d"
    "  ON d.wallet_id = w.wallet_id AND d.at_ms = ?2 AND d.usage_id = ?1"
    "  WHERE w.wallet_id BETWEEN ifnull(?3, 0) AND ifnull(?3, " SQL_END_OF_TIME
    ")"
    " UNION ALL SELECT f.wallet_id FROM main._billing_wallet w CROSS JOIN "
    "main._billing_free_usage f"
    "  ON f.wallet_id = w.wallet_id AND f.at_ms = ?2 AND f.usage_id = ?1"
    "  WHERE w.wallet_id BETWEEN ifnull(?3, 0) AND ifnull(?3, " SQL_END_OF_TIME
    ")"
    " LIMIT 1";

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
  sqlite3_stmt *row = store_take(store, sql_closed_any, rc);
  bool any = store_row(row, rc) && sqlite3_column_int(row, 0) != 0;
  store_put(store, sql_closed_any, row, rc);
  return any;
}

static void add_neighbours(struct store *store, struct members *members, int64_t wallet_id,
                           int *rc) {
  sqlite3_stmt *row = store_take(store, sql_neighbours, rc);
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  while (store_row(row, rc)) add_member(members, sqlite3_column_int64(row, 0), rc);
  store_put(store, sql_neighbours, row, rc);
}

int64_t close_of_team(struct store *store, int64_t wallet_id, int *rc) {
  sqlite3_stmt *row = store_take(store, sql_closed_until, rc);
  int64_t closed_ms = NEVER;
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  if (store_row(row, rc) && sqlite3_column_type(row, 0) != SQLITE_NULL) {
    closed_ms = sqlite3_column_int64(row, 0);
  }
  store_put(store, sql_closed_until, row, rc);
  return closed_ms;
}

/* The wallets that lots tie to one, itself first; returns their last close. */
static int64_t find_members(struct store *store, struct members *members, int64_t wallet_id,
                            int *rc) {
  int64_t closed_ms = NEVER;
  add_member(members, wallet_id, rc);
  for (int i = 0; i < members->count && *rc == SQLITE_OK; i++) {
    int64_t until = close_of_team(store, members->wallet_ids[i], rc);
    if (until > closed_ms) closed_ms = until;
    add_neighbours(store, members, members->wallet_ids[i], rc);
  }
  return closed_ms;
}

int64_t close_of_wallet(struct store *store, int64_t wallet_id, int *rc) {
  struct members members = {NULL, 0, 0};
  int64_t closed_ms;
  if (!any_close(store, rc)) return NEVER;
  closed_ms = find_members(store, &members, wallet_id, rc);
  sqlite3_free(members.wallet_ids);
  return closed_ms;
}

void close_keep_group(struct store *store, int64_t wallet_id, int *rc) {
  struct members members = {NULL, 0, 0};
  int64_t closed_ms = find_members(store, &members, wallet_id, rc);
  int64_t version = closed_ms == NEVER ? 0 : known_keep(store, rc);
  for (int i = 0; i < members.count && *rc == SQLITE_OK; i++) {
    close_keep_wallet(store, members.wallet_ids[i], closed_ms, version, rc);
  }
  sqlite3_free(members.wallet_ids);
  if (closed_ms == NEVER) known_drop(store, rc);
}

static bool ask(struct store *store, const char *id, int64_t first, int64_t second, int64_t third,
                int *rc) {
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
static int64_t state_wallet(struct store *store, int64_t usage_id, int64_t at_ms, int64_t wallet_id,
                            int *rc) {
  sqlite3_stmt *row = store_take(store, sql_usage_place, rc);
  int64_t found = 0;
  if (row) {
    sqlite3_bind_int64(row, 1, usage_id);
    sqlite3_bind_int64(row, 2, at_ms);
    if (wallet_id) sqlite3_bind_int64(row, 3, wallet_id);
  }
  if (store_row(row, rc)) found = sqlite3_column_int64(row, 0);
  store_put(store, sql_usage_place, row, rc);
  return found;
}

int64_t close_find_usage(struct store *store, int64_t payer_id, int64_t usage_id,
                         int64_t occurred_ms, int64_t *wallet_id, int *rc) {
  sqlite3_stmt *closes;
  int64_t at_ms = occurred_ms;
  *wallet_id = payer_id ? state_wallet(store, usage_id, at_ms, payer_id, rc) : 0;
  if (*wallet_id || *rc != SQLITE_OK) return at_ms;
  closes = store_take(store, sql_explain_closes, rc);
  if (closes) sqlite3_bind_int64(closes, 1, occurred_ms);
  while (payer_id && !*wallet_id && store_row(closes, rc)) {
    at_ms = sqlite3_column_int64(closes, 0);
    *wallet_id = state_wallet(store, usage_id, at_ms, payer_id, rc);
  }
  if (closes && !*wallet_id) {
    sqlite3_reset(closes);
    at_ms = occurred_ms;
    *wallet_id = state_wallet(store, usage_id, at_ms, 0, rc);
  }
  while (!*wallet_id && store_row(closes, rc)) {
    at_ms = sqlite3_column_int64(closes, 0);
    *wallet_id = state_wallet(store, usage_id, at_ms, 0, rc);
  }
  store_put(store, sql_explain_closes, closes, rc);
  return at_ms;
}

/*
** Not the payer of today decides, but the wallet that the usage is settled with: assignments may
** have changed since. One that is pending or unrated is not settled at all.
*/
int64_t close_holder(struct store *store, int64_t payer_id, int64_t usage_id, int64_t occurred_ms,
                     int64_t *counted_ms, int *rc) {
  int64_t wallet_id = 0, closed_ms;
  if (!any_close(store, rc) || ask(store, sql_usage_unsettled, usage_id, 0, 0, rc)) return 0;
  *counted_ms = close_find_usage(store, payer_id, usage_id, occurred_ms, &wallet_id, rc);
  if (!wallet_id || *rc != SQLITE_OK) return 0;
  closed_ms = close_of_wallet(store, wallet_id, rc);
  return closed_ms != NEVER && *counted_ms < closed_ms ? wallet_id : 0;
}

bool close_holds_move(struct store *store, int64_t wallet_id, int64_t lot_id, int64_t moved_ms,
                      int *rc) {
  int64_t closed_ms = close_of_wallet(store, wallet_id, rc);
  sqlite3_stmt *row;
  bool held;
  if (closed_ms == NEVER || moved_ms >= closed_ms) return false;
  row = store_take(store, sql_move_counted, rc);
  if (row) {
    sqlite3_bind_int64(row, 1, lot_id);
    sqlite3_bind_int64(row, 2, moved_ms);
    sqlite3_bind_int64(row, 3, wallet_id);
  }
  held = store_row(row, rc) && sqlite3_column_int64(row, 0) < closed_ms;
  store_put(store, sql_move_counted, row, rc);
  return held;
}

bool close_holds_lot(struct store *store, int64_t lot_id, int64_t closed_ms, int *rc) {
  return closed_ms != NEVER && ask(store, sql_lot_started, lot_id, closed_ms, 0, rc);
}
