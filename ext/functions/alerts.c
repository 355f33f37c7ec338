/*
** billing_alerts(1) and (0): have settling put what it finds about debts into alert_outbox, or not.
**
** Two triggers on `standing`, the table in which settling writes down a wallet's debt. They see the
** story being taken back and told anew, so what nobody has picked up yet is withdrawn when it no
** longer holds, and history that is long over leaves nothing behind. What was picked up stays, and
** keeps the same alert from coming again (sql/triggers/alert_outbox.sql).
*/
#include <stddef.h>

#include "functions/functions.h"
#include "store/alert_parts.h"
#include "store/store.h"

SQLITE_EXTENSION_INIT3

#define TEAM_OF(row) "(SELECT w.team_id FROM wallet w WHERE w.wallet_id = " row ".wallet_id)"
#define TOLD_OF(row) \
  "team_id = " TEAM_OF(row) " AND alert IN ('negative_balance', 'uncharged_usage',"    \
  " 'grace_ending', 'limited')"
#define NEW_AT "billing_time(NEW.at_ms)"

/* The row of the wallet before NEW, asked for a condition. */
#define BEFORE_NEW(condition)                                                        \
  "EXISTS (SELECT 1 FROM standing p WHERE p.wallet_id = NEW.wallet_id AND p.at_ms =" \
  " (SELECT max(q.at_ms) FROM standing q WHERE q.wallet_id = NEW.wallet_id"          \
  "  AND q.at_ms < NEW.at_ms) AND " condition ")"

/* What an alert says is not so any more, by NEW. */
#define IS_OVER                                                                         \
  "CASE alert WHEN 'uncharged_usage' THEN NEW.debt_units = 0"                           \
  " WHEN 'limited' THEN NEW.blocked_since_ms IS NULL AND NEW.negative_since_ms IS NULL" \
  " ELSE NEW.negative_since_ms IS NULL END"

/* Debt without a break: since the first row after the last one that has none. */
#define DEBT_SINCE                                                                      \
  "billing_time((SELECT min(f.at_ms) FROM standing f WHERE f.wallet_id = NEW.wallet_id" \
  " AND f.at_ms > ifnull((SELECT p.at_ms FROM standing p"                               \
  "  WHERE p.wallet_id = NEW.wallet_id AND p.at_ms < NEW.at_ms AND p.debt_units = 0"    \
  "  ORDER BY p.at_ms DESC LIMIT 1), -" SQL_END_OF_TIME ")))"

/*
** Beside a debt, only lots of kinds that may not pay it have anything left. Others are not asked: their
** last entry may be on its way to the ledger.
*/
#define NEW_BALANCE                                                           \
  SQL_REMAINDER_AT("NEW.wallet_id", "NEW.at_ms", " AND " SQL_KIND_IS_LIMITED) \
  " - NEW.debt_units"

#define ADD(alert, since, tokens, message, title)                                        \
  " INSERT INTO alert_outbox(team_id, alert, since, at, tokens, message, title)"         \
  " SELECT " TEAM_OF("NEW") ", '" alert "', " since ", " NEW_AT ", " tokens ", " message \
                            ", " title

/*
** A wallet can be told twice of one instant, the second time in place of the first: free of debt when
** a lot came, in debt again by a usage. Then a debt that goes on has to be there again.
*/
static const char alerts_on[] =
    "CREATE TRIGGER IF NOT EXISTS main.billing_alerts_taken_back AFTER DELETE ON standing BEGIN"
    " DELETE FROM alert_outbox WHERE picked_at IS NULL AND " TOLD_OF("OLD")
    "  AND since >= billing_time(OLD.at_ms);"
    "END;"
    "CREATE TRIGGER IF NOT EXISTS main.billing_alerts_told AFTER INSERT ON standing"
    " WHEN NEW.at_ms <= CAST(strftime('%s', 'now') AS INTEGER) * 1000 AND (NOT "
    BEFORE_NEW("(p.debt_units > 0) = (NEW.debt_units > 0)"
               " AND p.negative_since_ms IS NEW.negative_since_ms"
               " AND p.blocked_since_ms IS NEW.blocked_since_ms")
    "  OR NEW.debt_units > 0 AND NOT EXISTS (SELECT 1 FROM alert_outbox o WHERE o.team_id = "
    TEAM_OF("NEW") " AND o.alert = 'uncharged_usage' AND o.over_at IS NULL))"
    " BEGIN"
    " DELETE FROM alert_outbox WHERE picked_at IS NULL AND " TOLD_OF("NEW")
    "  AND (since >= " NEW_AT " OR (" IS_OVER "));"
    " UPDATE alert_outbox SET over_at = iif((" IS_OVER "), " NEW_AT ", NULL)"
    "  WHERE picked_at IS NOT NULL AND since <= " NEW_AT " AND " TOLD_OF("NEW")
    "   AND (over_at IS NULL OR over_at = " NEW_AT ");"
    ADD("negative_balance", NEW_AT, SQL_TOKENS(NEW_BALANCE),
        SQL_SAY_NEGATIVE("NEW.debt_units"), SQL_TITLE_NEGATIVE)
    "  WHERE NEW.negative_since_ms = NEW.at_ms;"
    ADD("uncharged_usage", DEBT_SINCE, SQL_TOKENS("NEW.debt_units"),
        SQL_SAY_UNCHARGED("NEW.debt_units"), SQL_TITLE_UNCHARGED)
    "  WHERE NEW.debt_units > 0;"
    ADD("limited", "billing_time(NEW.blocked_since_ms)", SQL_LEAST("NEW.debt_units"),
        SQL_SAY_LIMITED("NEW.blocked_since_ms", "NEW.debt_units",
                        "(NEW.negative_since_ms IS NOT NULL)",
                        SQL_NO_SUPPORT(TEAM_OF("NEW"), "NEW.blocked_since_ms", NEW_AT)),
        SQL_TITLE_LIMITED)
    "  WHERE NEW.blocked_since_ms IS NOT NULL;"
    "END";

static const char alerts_off[] =
    "DROP TRIGGER IF EXISTS main.billing_alerts_taken_back;"
    "DROP TRIGGER IF EXISTS main.billing_alerts_told";

static void fail(sqlite3_context *context, struct store *store, int rc) {
  char *message = store_error(store->db, "billing_alerts", rc);
  sqlite3_result_error(context, message ? message : "billing_alerts: out of memory", -1);
  if (rc != SQLITE_ERROR) sqlite3_result_error_code(context, rc);
  sqlite3_free(message);
}

static void alerts_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  int on = sqlite3_value_int(argv[0]);
  int rc;
  (void)argc;
  if (sqlite3_value_type(argv[0]) != SQLITE_INTEGER || on < 0 || on > 1) {
    sqlite3_result_error(context, "billing_alerts: the argument is not 0 or 1, give one of them",
                         -1);
    return;
  }
  rc = sqlite3_exec(store->db, "SAVEPOINT billing_alerts", NULL, NULL, NULL);
  if (rc == SQLITE_OK) {
    rc = sqlite3_exec(store->db, on ? alerts_on : alerts_off, NULL, NULL, NULL);
    if (rc != SQLITE_OK) fail(context, store, rc);
    if (rc != SQLITE_OK) {
      sqlite3_exec(store->db, "ROLLBACK TO billing_alerts", NULL, NULL, NULL);
    }
    sqlite3_exec(store->db, "RELEASE billing_alerts", NULL, NULL, NULL);
  } else {
    fail(context, store, rc);
  }
  if (rc == SQLITE_OK) sqlite3_result_int(context, on);
}

const struct function_def alert_functions[] = {
    {"billing_alerts", 1, SQLITE_DIRECTONLY, alerts_call, "changes the schema"},
    {NULL, 0, 0, NULL, NULL},
};
