/*
** billing_alerts(1) and (0): have settling put what it finds about debts into alert_outbox, or not.
**
** Two triggers on `standing`, the table in which settling writes down a wallet's debt. They see the
** story being taken back and told anew, so what nobody has picked up yet is withdrawn when it no
** longer holds, and history that is long over leaves nothing behind. What was picked up stays, and
** keeps the same alert from coming again (sql/triggers/alert_outbox.sql).
*/
#include <stddef.h>

#include "store/error.h"
#include "admin/functions.h"
#include "admin/scripts.h"
#include "tables/alert_parts.h"
#include "store/store.h"
#include "tables/reading_parts.h"

SQLITE_EXTENSION_INIT3

#define TEAM_OF(row) \
  "(SELECT w.team_id FROM _billing_wallet w WHERE w.wallet_id = " row ".wallet_id)"
#define AT(row) "billing_time(" row ".at_ms)"

/* What the triggers look after. A scheduler may have put in grace and block. */
#define IS_OURS(row) \
  "team_id = " TEAM_OF(row) " AND alert IN ('negative_balance', 'uncharged_usage',"   \
  " 'grace_ending', 'limited')"

#define HAS_HAPPENED(row) row ".at_ms <= CAST(strftime('%s', 'now') AS INTEGER) * 1000"

/* `p` is the row of the wallet before `row`. */
#define P_IS_BEFORE(row)                                                       \
  "p.wallet_id = " row                                                         \
  ".wallet_id AND p.at_ms = (SELECT max(q.at_ms) FROM _billing_wallet_state q" \
  " WHERE q.wallet_id = " row ".wallet_id AND q.at_ms < " row ".at_ms)"

/* `row` changes nothing that an alert speaks of. */
#define IS_AS_BEFORE(row)                                             \
  "EXISTS (SELECT 1 FROM _billing_wallet_state p WHERE " P_IS_BEFORE( \
      row) "  AND (p.debt_units > 0) = (" row                         \
           ".debt_units > 0)"                                         \
           "  AND p.negative_since_ms IS " row                        \
           ".negative_since_ms"                                       \
           "  AND p.blocked_since_ms IS " row ".blocked_since_ms)"

/* What an alert says is not so any more, by NEW: over, or begun anew. */
#define IS_OVER                                                                         \
  "CASE alert WHEN 'uncharged_usage' THEN NEW.debt_units = 0"                           \
  " WHEN 'limited' THEN NEW.blocked_since_ms IS NULL AND NEW.negative_since_ms IS NULL" \
  " ELSE NEW.negative_since_ms IS NULL OR since < billing_time(NEW.negative_since_ms) END"

/* Debt without a break: since the first row after the last one that has none. */
#define DEBT_SINCE                                                                                 \
  "billing_time((SELECT min(f.at_ms) FROM _billing_wallet_state f WHERE f.wallet_id = p.wallet_id" \
  " AND f.at_ms > ifnull((SELECT z.at_ms FROM _billing_wallet_state z"                             \
  "  WHERE z.wallet_id = p.wallet_id AND z.at_ms < p.at_ms AND z.debt_units = 0"                   \
  "  ORDER BY z.at_ms DESC LIMIT 1), -" SQL_END_OF_TIME ")))"

/*
** Beside a debt, only lots of kinds that may not pay it have anything left. Others are not asked:
** their last entry may be on its way to the ledger.
*/
#define BALANCE \
  SQL_REMAINDER_AT("p.wallet_id", "p.at_ms", " AND " SQL_KIND_IS_LIMITED) " - p.debt_units"

#define ADD(alert, since, tokens, message, title)                                \
  " INSERT INTO alert_outbox(team_id, alert, since, at, tokens, message, title)" \
  " SELECT " TEAM_OF("p") ", '" alert "', " since                                \
                          ", " AT("p") ", " tokens ", " message ", " title       \
                                       " FROM _billing_wallet_state p WHERE "

/*
** What holds by the row `p` of standing; what is there already is left out by alert_outbox_once. Grace
** and block come with time and not by settling: they are a scheduler's.
*/
#define ADD_BY(which_p)                                                             \
  ADD("negative_balance", "billing_time(p.negative_since_ms)", SQL_TOKENS(BALANCE), \
      SQL_SAY_NEGATIVE("p.debt_units", AT("p")), SQL_TITLE_NEGATIVE)                         \
  which_p " AND p.negative_since_ms IS NOT NULL;" ADD(                              \
      "uncharged_usage", DEBT_SINCE, SQL_TOKENS("p.debt_units"),                    \
      SQL_SAY_UNCHARGED("p.debt_units"), SQL_TITLE_UNCHARGED) which_p " AND p.debt_units > 0;"

/* Nobody has picked it up, and the row that is taken back or told anew may have put it there. */
#define IS_STALE(row)                                                                              \
  "picked_at IS NULL AND iif(alert IN ('negative_balance', 'uncharged_usage'), at, since) >= " AT( \
      row)

/* A row is taken back: what began with it did not, and what ended with it goes on. */
static const char on_delete[] =
    "CREATE TRIGGER IF NOT EXISTS main._billing_alerts_taken_back AFTER DELETE ON _billing_wallet_state"
    " WHEN NOT " IS_AS_BEFORE("OLD")
    " BEGIN"
    " DELETE FROM alert_outbox WHERE " IS_OURS("OLD") " AND " IS_STALE("OLD") ";"
    " UPDATE alert_outbox SET over_at = NULL WHERE " IS_OURS("OLD") " AND over_at = " AT("OLD") ";"
    ADD_BY(P_IS_BEFORE("OLD") " AND " HAS_HAPPENED("p"))
    "END";

/*
** A wallet can be told twice of one instant, the second time in place of the first: free of debt when
** a lot came, in debt again by a usage. Then what seemed to be over has to be there again.
*/
static const char on_insert[] =
    "CREATE TRIGGER IF NOT EXISTS main._billing_alerts_told AFTER INSERT ON _billing_wallet_state"
    " WHEN " HAS_HAPPENED("NEW") " AND (NOT " IS_AS_BEFORE("NEW")
    "  OR NEW.debt_units > 0 AND NOT EXISTS (SELECT 1 FROM alert_outbox o"
    "   WHERE o.team_id = " TEAM_OF("NEW") " AND o.alert = 'uncharged_usage'"
    "    AND o.over_at IS NULL))"
    " BEGIN"
    " DELETE FROM alert_outbox WHERE " IS_OURS("NEW")
    "  AND (" IS_STALE("NEW") " OR picked_at IS NULL AND (" IS_OVER "));"
    " UPDATE alert_outbox SET over_at = iif((" IS_OVER "), " AT("NEW") ", NULL)"
    "  WHERE picked_at IS NOT NULL AND since <= " AT("NEW") " AND " IS_OURS("NEW")
    "   AND (over_at IS NULL OR over_at >= " AT("NEW") ");"
    ADD_BY("p.wallet_id = NEW.wallet_id AND p.at_ms = NEW.at_ms")
    "END";

static const char alerts_off[] =
    "DROP TRIGGER IF EXISTS main._billing_alerts_taken_back;"
    "DROP TRIGGER IF EXISTS main._billing_alerts_told";

static void fail(sqlite3_context *context, struct store *store, int rc) {
  char *message = store_error(store->db, "billing_alerts", rc);
  sqlite3_result_error(context, message ? message : "billing_alerts: out of memory", -1);
  if (rc != SQLITE_ERROR) sqlite3_result_error_code(context, rc);
  sqlite3_free(message);
}

/* Both triggers or none. */
static int switch_alerts(sqlite3 *db, int on) {
  const char *const before[] = {alerts_off, on_delete};
  char *message = NULL;
  int rc = scripts_run(db, before, on ? 2 : 0, on ? on_insert : alerts_off, &message);
  sqlite3_free(message);
  return rc;
}

static void alerts_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  int rc, on;
  (void)argc;
  if (!read_switch(context, "billing_alerts", argv[0], &on)) return;
  rc = switch_alerts(store->db, on);
  if (rc == SQLITE_OK) {
    sqlite3_result_int(context, on);
  } else {
    fail(context, store, rc);
  }
}

const struct function_def alert_functions[] = {
    {"billing_alerts", 1, SQLITE_DIRECTONLY, alerts_call, "changes the schema"},
    {NULL, 0, 0, NULL, NULL},
};
