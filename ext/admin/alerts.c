/*
** What settling finds about debts goes into alert_outbox, while the switch 'alerts' is on.
**
** Two triggers on `_billing_wallet_state`, the table in which settling writes down a wallet's debt, call
** billing_alerts_state() (sql/triggers/wallet_state.sql). It sees the story being taken back and written again, so
** what nobody has picked up yet is withdrawn when it no longer holds, and history that is long over leaves nothing
** behind. What was picked up stays, and keeps the same alert from coming again (sql/triggers/alert_outbox.sql).
*/
#include <stdbool.h>
#include <stddef.h>

#include "admin/functions.h"
#include "store/error.h"
#include "store/store.h"
#include "tables/alert_parts.h"
#include "tables/reading_parts.h"

SQLITE_EXTENSION_INIT3

/* ---- statements; their parameters are the columns of the row that is written or taken back ---- */

#define WALLET "?1"
#define AT_MS "?2"
#define DEBT "?3"
#define NEGATIVE_MS "?4"
#define BLOCKED_MS "?5"

#define TEAM_OF(wallet_id) \
  "(SELECT w.team_id FROM main._billing_wallet w WHERE w.wallet_id = " wallet_id ")"
#define TEAM TEAM_OF(WALLET)
#define AT "billing_time(" AT_MS ")"

/* What these statements look after. A scheduler may have put in grace and block. */
#define IS_OURS                                           \
  "team_id = " TEAM                                       \
  " AND alert IN ('negative_balance', 'uncharged_usage'," \
  " 'grace_ending', 'limited')"

#define HAS_HAPPENED(at_ms) at_ms " <= CAST(strftime('%s', 'now') AS INTEGER) * 1000"

/* `p` is the row of the wallet before the row. */
#define P_IS_BEFORE                                                       \
  "p.wallet_id = " WALLET                                                 \
  " AND p.at_ms = (SELECT max(q.at_ms) FROM main._billing_wallet_state q" \
  " WHERE q.wallet_id = " WALLET " AND q.at_ms < " AT_MS ")"

#define P_IS_ROW "p.wallet_id = " WALLET " AND p.at_ms = " AT_MS

/* The row changes nothing that an alert speaks of. */
#define IS_AS_BEFORE                                                      \
  "EXISTS (SELECT 1 FROM main._billing_wallet_state p WHERE " P_IS_BEFORE \
  "  AND (p.debt_units > 0) = (" DEBT                                     \
  " > 0)"                                                                 \
  "  AND p.negative_since_ms IS " NEGATIVE_MS " AND p.blocked_since_ms IS " BLOCKED_MS ")"

/* What an alert says does not hold any more, by the row: over, or begun again. */
#define IS_OVER                                                  \
  "CASE alert WHEN 'uncharged_usage' THEN " DEBT                 \
  " = 0"                                                         \
  " WHEN 'limited' THEN " BLOCKED_MS " IS NULL AND " NEGATIVE_MS \
  " IS NULL"                                                     \
  " ELSE " NEGATIVE_MS " IS NULL OR since < billing_time(" NEGATIVE_MS ") END"

/* Debt without a break: since the first row after the last one that has none. */
#define DEBT_SINCE                                                               \
  "billing_time((SELECT min(f.at_ms) FROM main._billing_wallet_state f"          \
  " WHERE f.wallet_id = p.wallet_id"                                             \
  " AND f.at_ms > ifnull((SELECT z.at_ms FROM main._billing_wallet_state z"      \
  "  WHERE z.wallet_id = p.wallet_id AND z.at_ms < p.at_ms AND z.debt_units = 0" \
  "  ORDER BY z.at_ms DESC LIMIT 1), -" SQL_END_OF_TIME ")))"

/*
** Beside a debt, only lots of kinds that may not pay it have anything left. Others are not asked:
** their last entry may be on its way to the ledger.
*/
#define BALANCE \
  SQL_REMAINDER_AT("p.wallet_id", "p.at_ms", " AND " SQL_KIND_IS_LIMITED) " - p.debt_units"

#define ADD(alert, since, tokens, message, title)                                              \
  "INSERT INTO main.alert_outbox(team_id, alert, since, at, tokens, message, title)"           \
  " SELECT " TEAM_OF("p.wallet_id") ", '" alert "', " since ", billing_time(p.at_ms), " tokens \
                                    ", " message ", " title                                    \
                                    " FROM main._billing_wallet_state p WHERE "

/*
** What holds by the row `p`; what is there already is left out by alert_outbox_once. Grace
** and block come with time and not by settling: they are a scheduler's.
*/
#define ADD_NEGATIVE(which_p)                                                        \
  ADD("negative_balance", "billing_time(p.negative_since_ms)", SQL_TOKENS(BALANCE),  \
      SQL_SAY_NEGATIVE("p.debt_units", "billing_time(p.at_ms)"), SQL_TITLE_NEGATIVE) \
  which_p " AND p.negative_since_ms IS NOT NULL"
#define ADD_UNCHARGED(which_p)                                   \
  ADD("uncharged_usage", DEBT_SINCE, SQL_TOKENS("p.debt_units"), \
      SQL_SAY_UNCHARGED("p.debt_units"), SQL_TITLE_UNCHARGED)    \
  which_p " AND p.debt_units > 0"

/* Nobody has picked it up, and the row that is taken back or written again may have put it there. */
#define IS_STALE \
  "picked_at IS NULL AND iif(alert IN ('negative_balance', 'uncharged_usage'), at, since) >= " AT

/* The first says whether there is anything to do. */
static const char *const taken_back[] = {
    "SELECT NOT " IS_AS_BEFORE,
    "DELETE FROM main.alert_outbox WHERE " IS_OURS " AND " IS_STALE,
    "UPDATE main.alert_outbox SET over_at = NULL WHERE " IS_OURS " AND over_at = " AT,
    ADD_NEGATIVE(P_IS_BEFORE " AND " HAS_HAPPENED("p.at_ms")),
    ADD_UNCHARGED(P_IS_BEFORE " AND " HAS_HAPPENED("p.at_ms")),
};

/*
** A wallet can have two rows of one instant after each other, the second in place of the first: free of debt when
** a lot came, in debt again by a usage. Then what seemed to be over has to be there again.
*/
static const char *const written[] = {
    "SELECT " HAS_HAPPENED(AT_MS) " AND (NOT " IS_AS_BEFORE "  OR " DEBT
                                  " > 0 AND NOT EXISTS (SELECT 1 FROM main.alert_outbox o"
                                  "   WHERE o.team_id = " TEAM
                                  " AND o.alert = 'uncharged_usage' AND o.over_at IS NULL))",
    "DELETE FROM main.alert_outbox WHERE " IS_OURS "  AND (" IS_STALE
    " OR picked_at IS NULL AND (" IS_OVER "))",
    "UPDATE main.alert_outbox SET over_at = iif((" IS_OVER "), " AT
    ", NULL)"
    "  WHERE picked_at IS NOT NULL AND since <= " AT " AND " IS_OURS
    "   AND (over_at IS NULL OR over_at >= " AT ")",
    ADD_NEGATIVE(P_IS_ROW),
    ADD_UNCHARGED(P_IS_ROW),
};

#define STATEMENTS 5
#define COLUMNS 5

static sqlite3_stmt *open_for(struct store *store, const char *sql, sqlite3_value **columns,
                              int *rc) {
  sqlite3_stmt *statement = store_take(store, sql, rc);
  int count = statement ? sqlite3_bind_parameter_count(statement) : 0;
  for (int i = 0; i < count && i < COLUMNS; i++) sqlite3_bind_value(statement, i + 1, columns[i]);
  return statement;
}

static bool concerns_alerts(struct store *store, const char *sql, sqlite3_value **columns,
                            int *rc) {
  sqlite3_stmt *row = open_for(store, sql, columns, rc);
  bool does = store_row(row, rc) && sqlite3_column_int(row, 0) != 0;
  store_put(store, sql, row, rc);
  return does;
}

/*
** billing_alerts_state(written, wallet_id, at_ms, debt_units, negative_since_ms, blocked_since_ms): the row is written
** (1) or taken back (0); returns 1.
*/
static void alerts_state(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  const char *const *sql = sqlite3_value_int(argv[0]) ? written : taken_back;
  int rc = SQLITE_OK;
  (void)argc;
  if (called_outside_trigger(context, "billing_alerts_state")) return;
  if (concerns_alerts(store, sql[0], argv + 1, &rc)) {
    for (int i = 1; i < STATEMENTS; i++) {
      store_run(store, sql[i], open_for(store, sql[i], argv + 1, &rc), &rc);
    }
  }
  if (rc == SQLITE_OK) {
    sqlite3_result_int(context, 1);
  } else {
    complain_of_sqlite(context, rc, "alert_outbox");
  }
}

const struct function_def alert_functions[] = {
    {"billing_alerts_state", 6, SQLITE_INNOCUOUS, alerts_state,
     "innocuous: triggers call it; it writes what follows from the ledger into the outbox"},
    {NULL, 0, 0, NULL, NULL},
};
