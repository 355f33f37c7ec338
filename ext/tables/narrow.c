#include "tables/narrow.h"

#include <string.h>

#include "facts/access_guard.h"
#include "facts/closed.h"
#include "store/query.h"
#include "tables/reading_parts.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

/* Usage ?1: when it occurred, the wallet of its payer, whether it is listed, whether it stands. */
static const char sql_narrow_usage[] =
    "SELECT billing_ms(u.occurred_at), (SELECT w.wallet_id FROM main._billing_wallet w"
    "  WHERE w.team_id = " SQL_USAGE_TEAM
    "), " SQL_IS_LISTED("u.usage_id") ", u.usage_id <= " SQL_SETTLED_UPTO
                                      "  AND NOT EXISTS (SELECT 1 FROM main._billing_unrated r "
                                      "WHERE r.usage_id = u.usage_id)"
                                      " FROM main.usage u WHERE u.usage_id = ?1";

/* The team of the only wallet that ever had lot ?1. */
static const char sql_narrow_lot[] =
    "SELECT w.team_id FROM (SELECT min(wallet_id) AS first, max(wallet_id) AS last"
    "  FROM main._billing_holding WHERE lot_id = ?1) s"
    " CROSS JOIN main._billing_wallet w ON w.wallet_id = s.first WHERE s.first = s.last";

/*
** The only team that may ever have paid for app ?1. What is settled follows from assignments as
** they are now where nothing waits and nothing is closed.
*/
static const char sql_narrow_client[] =
    "WITH owner(account_id) AS (SELECT account_id FROM main.app WHERE client_id = ?1"
    "  UNION SELECT account_id FROM main.app_owner WHERE client_id = ?1),"
    " payer(team_id) AS (SELECT team_id FROM main.app_team WHERE client_id = ?1"
    "  UNION SELECT p.team_id FROM owner o CROSS JOIN main.product_assignment p"
    "   ON p.account_id = o.account_id"
    "  UNION SELECT (SELECT min(t.team_id) FROM main.team t WHERE t.account_id = o.account_id)"
    "   FROM owner o)"
    " SELECT first FROM (SELECT min(team_id) AS first, max(team_id) AS last FROM payer"
    "  WHERE team_id IS NOT NULL AND " SQL_ALL_SETTLED
    "  AND NOT EXISTS (SELECT 1 FROM main.period_close)) WHERE first = last";

/* ---- values ---- */

static void forget_team(struct query_narrow *narrow) {
  sqlite3_value_free(narrow->team);
  narrow->team = NULL;
}

void narrow_forget(struct query_cursor *cursor) {
  struct query_narrow *narrow = &cursor->narrow;
  forget_team(narrow);
  sqlite3_value_free(narrow->client);
  memset(narrow, 0, sizeof(*narrow));
  narrow->usage_from = narrow->lot_from = INT64_MIN;
  narrow->usage_to = narrow->lot_to = INT64_MAX;
}

/*
** An integer as a column of integers compares it: '5' and 5.0 are 5. False: none, or not exactly.
*/
static bool read_integer(sqlite3_value *value, int64_t *number) {
  const double limit = 9007199254740992.0;
  int type = sqlite3_value_numeric_type(value);
  double real;
  *number = sqlite3_value_int64(value);
  if (type == SQLITE_INTEGER) return true;
  if (type != SQLITE_FLOAT) return false;
  real = sqlite3_value_double(value);
  return real > -limit && real < limit && (double)*number == real;
}

static int narrow_to(sqlite3_value *value, int64_t *from, int64_t *to) {
  sqlite3_value *copy = sqlite3_value_dup(value);
  int64_t number;
  if (!copy) return SQLITE_NOMEM;
  if (read_integer(copy, &number)) *from = *to = number;
  sqlite3_value_free(copy);
  return SQLITE_OK;
}

int narrow_by(struct query_cursor *cursor, enum filter filter, sqlite3_value *value) {
  struct query_narrow *narrow = &cursor->narrow;
  if (filter == FILTER_USAGE) return narrow_to(value, &narrow->usage_from, &narrow->usage_to);
  if (filter == FILTER_LOT) return narrow_to(value, &narrow->lot_from, &narrow->lot_to);
  if (sqlite3_value_type(value) != SQLITE_TEXT) return SQLITE_OK; /* '05' = 5 may hold */
  narrow->client = sqlite3_value_dup(value);
  return narrow->client ? SQLITE_OK : SQLITE_NOMEM;
}

/* ---- places ---- */

/* A column of the only row of a statement with one number, as the team. */
static void keep_team(struct query_cursor *cursor, const char *sql, sqlite3_value *value,
                      int64_t number, int *rc) {
  struct store *store = query_store(cursor);
  sqlite3_stmt *row =
      value ? query_open(store, sql, rc, "v", value) : query_open(store, sql, rc, "i", number);
  forget_team(&cursor->narrow);
  if (store_row(row, rc) && sqlite3_column_type(row, 0) != SQLITE_NULL) {
    cursor->narrow.team = sqlite3_value_dup(sqlite3_column_value(row, 0));
    if (!cursor->narrow.team) *rc = SQLITE_NOMEM;
  }
  store_put(store, sql, row, rc);
}

static void put_at(struct query_cursor *cursor, int64_t from_ms, int64_t to_ms) {
  cursor->narrow.placed = true;
  cursor->from_ms = from_ms;
  cursor->to_ms = to_ms;
}

/*
** A usage without a row (it was deleted since), and a listed one that is not found (it has changed
** since), may stand anywhere.
*/
static void place_usage(struct query_cursor *cursor, int *rc) {
  struct store *store = query_store(cursor);
  int64_t usage_id = cursor->narrow.usage_from, wallet_id = 0, occurred_ms, counted_ms;
  sqlite3_stmt *row = query_open(store, sql_narrow_usage, rc, "i", usage_id);
  if (store_row(row, rc)) {
    bool listed = sqlite3_column_int(row, 2) != 0, stands = sqlite3_column_int(row, 3) != 0;
    occurred_ms = sqlite3_column_int64(row, 0);
    counted_ms = occurred_ms;
    if (stands || listed) {
      counted_ms = close_find_usage(store, sqlite3_column_int64(row, 1), usage_id, occurred_ms,
                                    &wallet_id, rc);
    }
    if (wallet_id) {
      put_at(cursor, counted_ms, counted_ms + 1);
      keep_team(cursor, sql_names_of_wallet, NULL, wallet_id, rc);
    } else if (!listed) {
      put_at(cursor, 0, 0);
    }
  }
  store_put(store, sql_narrow_usage, row, rc);
}

int narrow_place(struct query_cursor *cursor) {
  struct query_narrow *narrow = &cursor->narrow;
  int rc = SQLITE_OK;
  if (narrow->usage_from == narrow->usage_to) {
    place_usage(cursor, &rc);
  } else if (narrow->lot_from == narrow->lot_to) {
    keep_team(cursor, sql_narrow_lot, NULL, narrow->lot_from, &rc);
  } else if (narrow->client && !query_given(cursor, PARAM_TEAM)) {
    keep_team(cursor, sql_narrow_client, narrow->client, 0, &rc);
  }
  if (rc == SQLITE_OK || rc == SQLITE_NOMEM) return rc;
  return query_fail(cursor, rc,
                    store_error(query_store(cursor)->db,
                                ((const struct query_vtab *)cursor->base.pVtab)->table->name, rc));
}

/* ---- parameters ---- */

int narrow_bind(struct query_cursor *cursor, int count) {
  const struct query_narrow *narrow = &cursor->narrow;
  sqlite3_stmt *rows = cursor->rows;
  int rc = sqlite3_bind_int64(rows, 11, narrow->usage_from);
  if (rc == SQLITE_OK) rc = sqlite3_bind_int64(rows, 12, narrow->usage_to);
  if (rc == SQLITE_OK && count >= 13 && narrow->client) {
    rc = sqlite3_bind_value(rows, 13, narrow->client);
  }
  if (rc == SQLITE_OK && count >= 14) rc = sqlite3_bind_int64(rows, 14, narrow->lot_from);
  if (rc == SQLITE_OK && count >= 15) rc = sqlite3_bind_int64(rows, 15, narrow->lot_to);
  if (rc == SQLITE_OK && count >= 16) rc = sqlite3_bind_int(rows, 16, narrow->placed);
  if (rc == SQLITE_OK && count >= 17 && narrow->team) {
    rc = sqlite3_bind_value(rows, 17, narrow->team);
  }
  return rc;
}
