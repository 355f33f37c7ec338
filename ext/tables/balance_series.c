/*
** balance_series(team_id, since, until, step, zone): what a wallet held and owed at the end of each
** bucket, up to `until`; or, with step 'change', at each instant of [since, until) at which a
** column changed. A row at an instant says what wallet_balance says of that instant.
*/
#include <string.h>

#include "core/units.h"
#include "facts/access.h"
#include "facts/catalogue.h"
#include "store/query.h"
#include "tables/page_parts.h"
#include "tables/query_table.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

#define SQL_STEP_IS_CHANGE "?8 = 4" /* enum step */
#define SQL_NOW_AND_THEN(ms) "(" ms ") >= ?4 AND (" ms ") < ?5"

/* Instants at which a wallet may look different: draws, debts, lots that come and go. */
#define SQL_CHANGES_STORED                                                                        \
  "SELECT w.wallet_id AS wallet_id, e.charged_ms AS at_ms FROM " SQL_WALLETS                      \
  " CROSS JOIN main._billing_holding s ON s.wallet_id = w.wallet_id"                              \
  " CROSS JOIN main.ledger_entry e ON e.lot_id = s.lot_id"                                        \
  "  AND e.charged_ms >= max(s.from_ms, ?4) AND e.charged_ms < min(s.to_ms, ?5)"                  \
  " WHERE " SQL_STEP_IS_CHANGE " AND " SQL_WALLET_ASKED                                           \
  " UNION SELECT w.wallet_id, n.at_ms FROM " SQL_WALLETS                                          \
  " CROSS JOIN main._billing_wallet_state n ON n.wallet_id = w.wallet_id AND n.at_ms >= ?4"       \
  "  AND n.at_ms < ?5"                                                                            \
  " WHERE " SQL_STEP_IS_CHANGE " AND " SQL_WALLET_ASKED                                           \
  " UNION SELECT w.wallet_id, iif(c.coming, " SQL_ALIVE_FROM ", " SQL_ALIVE_TO                    \
  ")"                                                                                             \
  " FROM " SQL_WALLETS                                                                            \
  " CROSS JOIN (SELECT 1 AS coming UNION ALL SELECT 0) c"                                         \
  " CROSS JOIN main._billing_holding s ON s.wallet_id = w.wallet_id"                              \
  " CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id"                                \
  " WHERE " SQL_STEP_IS_CHANGE " AND " SQL_WALLET_ASKED " AND " SQL_ALIVE_FROM " < " SQL_ALIVE_TO \
  "  AND " SQL_NOW_AND_THEN("iif(c.coming, " SQL_ALIVE_FROM ", " SQL_ALIVE_TO ")")

/* Access changes as time passes: grace ends, trials, contracts and markets begin and end. */
#define SQL_CHANGES_OF_ACCESS \
  "SELECT w.wallet_id AS wallet_id, n.grace_ends_ms AS at_ms FROM " SQL_WALLETS \
  " CROSS JOIN main._billing_wallet_state n ON n.wallet_id = w.wallet_id"                        \
  "  AND n.grace_ends_ms IS NOT NULL AND n.at_ms < ?5" \
  " WHERE " SQL_STEP_IS_CHANGE " AND " SQL_WALLET_ASKED                                          \
  "  AND " SQL_NOW_AND_THEN("n.grace_ends_ms") \
  " UNION SELECT w.wallet_id, x.from_ms FROM " SQL_WALLETS \
  " CROSS JOIN main._billing_closed_terms x ON x.wallet_id = w.wallet_id" \
  " WHERE " SQL_STEP_IS_CHANGE " AND " SQL_WALLET_ASKED \
  "  AND " SQL_NOW_AND_THEN("x.from_ms")                                        \
  " UNION SELECT w.wallet_id, billing_ms(f.at) FROM " SQL_TEAMS                                  \
  " CROSS JOIN main.account a ON a.account_id = t.account_id"                                    \
  " CROSS JOIN (SELECT account_id, trial_started_at AS at FROM main.account"                     \
  "  UNION ALL SELECT account_id, trial_ended_at FROM main.account"                              \
  "  UNION ALL SELECT account_id, starts_at FROM main.account_agreement" \
  "  UNION ALL SELECT account_id, starts_at FROM main.subscription"                              \
  "  UNION ALL SELECT account_id, ends_at FROM main.subscription) f"                             \
  "   ON f.account_id = a.account_id"                                                            \
  " WHERE " SQL_STEP_IS_CHANGE " AND " SQL_WALLET_ASKED                                          \
  "  AND " SQL_NOW_AND_THEN("billing_ms(f.at)")                                                  \
  " UNION SELECT w.wallet_id, billing_ms(a.trial_started_at) + " SQL_DAYS_MS(                    \
      SQL_POLICY("trial_days", "90", "a.trial_started_at")) \
  " FROM " SQL_TEAMS " CROSS JOIN main.account a ON a.account_id = t.account_id"                 \
  " WHERE " SQL_STEP_IS_CHANGE " AND " SQL_WALLET_ASKED \
  "  AND " SQL_NOW_AND_THEN( \
      "billing_ms(a.trial_started_at) + " \
      SQL_DAYS_MS(SQL_POLICY("trial_days", "90", "a.trial_started_at"))) \
  " UNION SELECT w.wallet_id, billing_ms(c.flex_from) FROM " SQL_TEAMS                           \
  " CROSS JOIN main.account a ON a.account_id = t.account_id"                                    \
  " CROSS JOIN main.country c ON c.country = a.country"                                          \
  " WHERE " SQL_STEP_IS_CHANGE " AND " SQL_WALLET_ASKED                                          \
  "  AND " SQL_NOW_AND_THEN("billing_ms(c.flex_from)")

static const char *const balance_series_rows[] = {
    "WITH RECURSIVE " SQL_TICKS("?8 <> 4") ","
    " moment(wallet_id, at_ms) AS MATERIALIZED ("
    " " SQL_CHANGES_STORED " UNION SELECT * FROM (" SQL_CHANGES_OF_ACCESS "))"
    " SELECT w.team_id AS team, m.at_ms AS at_ms, w.wallet_id,"
    "  " SQL_TEAM_NAME("w.team_id", "m.at_ms") ", " SQL_SETTLED_UNTIL("?5")
    " FROM moment m CROSS JOIN main._billing_wallet w ON w.wallet_id = m.wallet_id"
    " CROSS JOIN main.team t ON t.team_id = w.team_id"
    " UNION ALL SELECT w.team_id, min(k.end_ms, ?5), w.wallet_id,"
    "  " SQL_TEAM_NAME("w.team_id", "min(k.end_ms, ?5)") ", " SQL_SETTLED_UNTIL("?5")
    " FROM " SQL_TEAMS " CROSS JOIN tick k WHERE " SQL_WALLET_ASKED
    " ORDER BY team, at_ms",
    NULL,
};

/* ?1 wallet, ?2 at, ?3 kind of credits, ?4 kind of Flex tokens */
static const char sql_series_figures[] =
    "SELECT ifnull(sum(rest), 0), ifnull(sum(iif(kind = ?3, rest, 0)), 0),"
    "  ifnull(sum(iif(kind = ?4, rest, 0)), 0) FROM (SELECT l.kind, l.units - " SQL_LOT_USED(
        "l", "?2") " AS rest FROM " SQL_HOLDINGS_OF("?1") "  AND " SQL_ALIVE_FROM
                                                          " <= ?2 AND ?2 < " SQL_ALIVE_TO ")";

enum column {
  TEAM_ID,
  AT,
  BALANCE,
  AVAILABLE,
  CLOUD_CREDITS,
  FLEX_TOKENS,
  UNCHARGED,
  ACCESS,
  TEAM_NAME,
  SETTLED_UNTIL,
  COLUMN_COUNT
};

struct figures {
  int64_t units[COLUMN_COUNT]; /* of the columns that show tokens */
  enum access access;
};

struct series_row {
  int64_t at_ms;
  struct figures figures;
};

/* ---- one row ---- */

static int read_figures(struct query_cursor *cursor, int64_t wallet_id, int64_t at_ms,
                        struct figures *figures) {
  struct store *store = query_store(cursor);
  struct wallet_state wallet_state;
  int rc = SQLITE_OK;
  const struct catalogue *catalogue = catalogue_get(store, &rc);
  const struct policies *policies = catalogue ? catalogue_policies(catalogue) : NULL;
  sqlite3_stmt *row;
  memset(figures, 0, sizeof(*figures));
  if (!policies) return rc;
  row = query_open(store, sql_series_figures, &rc, "iitt", wallet_id, at_ms, policies->credit_kind,
                   policies->flex_kind);
  if (store_row(row, &rc)) {
    figures->units[AVAILABLE] = sqlite3_column_int64(row, 0);
    figures->units[CLOUD_CREDITS] = sqlite3_column_int64(row, 1);
    figures->units[FLEX_TOKENS] = sqlite3_column_int64(row, 2);
  }
  store_put(store, sql_series_figures, row, &rc);
  figures->access = store_access(store, wallet_id, at_ms, &wallet_state, &rc);
  if (rc != SQLITE_OK) return rc;
  figures->units[UNCHARGED] = wallet_state.debt;
  if (!units_sub(figures->units[AVAILABLE], wallet_state.debt, &figures->units[BALANCE])) {
    return SQLITE_TOOBIG;
  }
  return SQLITE_OK;
}

/* What did not change is no row of step 'change': candidates are more than there are changes. */
static int make_row(struct query_cursor *cursor) {
  struct series_row *row = cursor->extra;
  int64_t wallet_id = sqlite3_column_int64(cursor->rows, 2);
  struct figures before;
  int rc;
  row->at_ms = sqlite3_column_int64(cursor->rows, 1);
  rc = read_figures(cursor, wallet_id, row->at_ms, &row->figures);
  if (rc != SQLITE_OK || cursor->page.step != STEP_CHANGE) return rc;
  rc = read_figures(cursor, wallet_id, row->at_ms - 1, &before);
  cursor->skip = before.access == row->figures.access &&
                 memcmp(before.units, row->figures.units, sizeof(before.units)) == 0;
  return rc;
}

/* ---- columns ---- */

static int series_column(struct query_cursor *cursor, sqlite3_context *context, int column) {
  const struct series_row *row = cursor->extra;
  char text[INSTANT_TEXT_SIZE];
  switch ((enum column)column) {
    case TEAM_ID:
      return query_result(cursor, context, sqlite3_column_value(cursor->rows, 0));
    case AT:
      instant_format(row->at_ms, text);
      sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
      break;
    case ACCESS:
      sqlite3_result_text(context, access_name(row->figures.access), -1, SQLITE_STATIC);
      break;
    case TEAM_NAME:
    case SETTLED_UNTIL:
      return query_result(cursor, context,
                          sqlite3_column_value(cursor->rows, column - TEAM_NAME + 3));
    default:
      sqlite3_result_double(context, units_to_tokens(row->figures.units[column]));
  }
  return SQLITE_OK;
}

static const struct query_maker series_maker = {
    .bytes = (int)sizeof(struct series_row),
    .make = make_row,
    .column = series_column,
};

const struct query_table balance_series_table = {
    .name = "balance_series",
    .columns =
        "team_id TEXT, at TIMESTAMP, balance REAL, available REAL, cloud_credits REAL,"
        " flex_tokens REAL, uncharged REAL, access TEXT, team_name TEXT,"
        " settled_until TIMESTAMP, p_team TEXT HIDDEN, p_since TIMESTAMP HIDDEN,"
        " p_until TIMESTAMP HIDDEN, p_step TEXT HIDDEN, p_zone TEXT HIDDEN,"
        " since TIMESTAMP HIDDEN, until TIMESTAMP HIDDEN, step TEXT HIDDEN,"
        " zone TEXT HIDDEN",
    .rows = balance_series_rows,
    .key = BIT(0) | BIT(1),
    .rows_per_team = 30,
    .maker = &series_maker,
};
