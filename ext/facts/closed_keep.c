/*
** What a close keeps beside the ledger, so that an instant before it reads the same for ever: the
** terms of the wallets of its group, the reasons of their debts, and the usage that had no rate.
**
** Lots are kept when a later fact changes their life (settle/group_lots.c).
*/
#include "facts/access.h"
#include "facts/closed.h"
#include "facts/consumed_parts.h"
#include "facts/fact.h"
#include "facts/known.h"
#include "facts/sql_parts.h"
#include "facts/functions.h"
#include "facts/lookup.h"
#include "store/error.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_terms_until[] =
    "SELECT max(to_ms) FROM main._billing_closed_terms WHERE wallet_id = ?1";

/* The instants in (?2, ?3) at which the terms of wallet ?1 may change. */
static const char sql_terms_steps[] =
    "WITH a AS (SELECT a.account_id, a.country, a.agreement, a.trial_started_at,"
    "  a.trial_ended_at FROM main._billing_wallet w JOIN main.team t USING (team_id)"
    "  JOIN main.account a USING (account_id) WHERE w.wallet_id = ?1),"
    " step(ms) AS (SELECT billing_ms(trial_started_at) FROM a"
    "  UNION SELECT billing_ms(trial_ended_at) FROM a"
    "  UNION SELECT billing_ms(g.starts_at) FROM a JOIN main.account_agreement g USING (account_id)"
    "  UNION SELECT billing_ms(s.starts_at) FROM a JOIN main.subscription s USING (account_id)"
    "  UNION SELECT billing_ms(s.ends_at) FROM a JOIN main.subscription s USING (account_id)"
    "  UNION SELECT billing_ms(c.flex_from) FROM a JOIN main.country c USING (country)"
    "  UNION SELECT ?4)"
    " SELECT ms FROM step WHERE ms > ?2 AND ms < ?3 ORDER BY ms";

static const char sql_terms_last[] =
    "SELECT access FROM main._billing_closed_terms WHERE wallet_id = ?1 AND to_ms = ?2";

static const char sql_terms_extend[] =
    "UPDATE main._billing_closed_terms SET to_ms = ?3 WHERE wallet_id = ?1 AND to_ms = ?2";

static const char sql_terms_add[] =
    "INSERT INTO main._billing_closed_terms VALUES (?1, ?2, ?3, ?4)";

static const char sql_terms_drop[] =
    "DELETE FROM main._billing_closed_terms WHERE wallet_id = ?1 AND from_ms >= ?2";

static const char sql_terms_cut[] =
    "UPDATE main._billing_closed_terms SET to_ms = ?2 WHERE wallet_id = ?1 AND to_ms > ?2";

static const char sql_debts_drop[] =
    "DELETE FROM main._billing_closed_debt WHERE wallet_id = ?1 AND at_ms >= ?2";

static const char sql_debts_add[] =
    "INSERT OR IGNORE INTO main._billing_closed_debt"
    " SELECT d.wallet_id, d.at_ms, d.usage_id,"
    "  " SQL_WHY_UNCHARGED("d.wallet_id", "d.at_ms", "billing_api(u.api)")
    " FROM main._billing_debt d CROSS JOIN main.usage u ON u.usage_id = d.usage_id"
    " WHERE d.wallet_id = ?1 AND d.at_ms >= ?2 AND d.at_ms < ?3 AND d.since_ms = d.at_ms";

/* What another team pays for by now counts no longer at the close that goes. */
static const char sql_unrated_mark[] =
    "INSERT INTO main._billing_pending_wallet"
    " SELECT w.wallet_id, min(billing_ms(u.occurred_at)) FROM main._billing_closed_unrated n"
    " CROSS JOIN main.usage u ON u.usage_id = n.usage_id"
    " CROSS JOIN main._billing_wallet w ON w.team_id = " SQL_USAGE_TEAM
    " WHERE n.wallet_id = ?1 AND n.closed_ms > ?2 GROUP BY w.wallet_id"
    " ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms)";

/*
** A close that is earlier now, as where lots tie its teams no longer, keeps what the later one kept
** of the time before it.
*/
static const char sql_unrated_move[] =
    "UPDATE OR IGNORE main._billing_closed_unrated SET closed_ms = ?2 WHERE wallet_id = ?1"
    " AND closed_ms > ?2 AND from_ms < ?2 AND occurred_at < billing_time(?2)";

static const char sql_unrated_drop[] =
    "DELETE FROM main._billing_closed_unrated WHERE wallet_id = ?1 AND closed_ms > ?2";

static const char sql_unrated_keep[] =
    "INSERT OR IGNORE INTO main._billing_closed_unrated"
    " SELECT r.usage_id, ?2, max(?3, ifnull((SELECT max(n.closed_ms)"
    "  FROM main._billing_closed_unrated n WHERE n.usage_id = r.usage_id), ?3)) AS since_ms,"
    " w.wallet_id, u.client_id, " SQL_NAMES
    ", u.quantity, u.occurred_at, u.user_id, u.label"
    " FROM main._billing_unrated r CROSS JOIN main.usage u ON u.usage_id = r.usage_id"
    " CROSS JOIN main._billing_wallet w ON w.wallet_id = ?1"
    " WHERE r.reason = 'unrated' AND billing_ms(u.occurred_at) < ?2 AND since_ms < ?2"
    "  AND w.team_id = " SQL_USAGE_TEAM;

static const char sql_names_drop[] =
    "DELETE FROM main._billing_closed_name WHERE wallet_id = ?1 AND at_ms >= ?2";

static const char sql_versions_move[] =
    "UPDATE OR IGNORE main._billing_closed_version SET closed_ms = ?2 WHERE wallet_id = ?1"
    " AND closed_ms = " SQL_CLOSE_AFTER("?1", "?2");

static const char sql_versions_drop[] =
    "DELETE FROM main._billing_closed_version WHERE wallet_id = ?1 AND closed_ms > ?2";

static const char sql_versions_add[] =
    "INSERT OR IGNORE INTO main._billing_closed_version VALUES (?1, ?2, ?3)";

static const char sql_sums_drop[] =
    "DELETE FROM main._billing_closed_sum WHERE wallet_id = ?1 AND closed_ms > ?2";

static const char sql_sums_add[] =
    "INSERT OR IGNORE INTO main._billing_closed_sum"
    " SELECT ?1, ?2, " SQL_CONSUMED_BEFORE("?1", "?2") ", " SQL_FREE_BEFORE("?1", "?2");

static const char sql_notices_drop[] =
    "DELETE FROM main._billing_closed_notice WHERE wallet_id = ?1 AND from_ms >= ?2";

static const char sql_notices_cut[] =
    "UPDATE main._billing_closed_notice SET to_ms = ?2 WHERE wallet_id = ?1 AND to_ms > ?2";

/* ?2: kept until then, ?3: the close. How early a notice comes is left to who reads it. */
static const char sql_trial_keep[] =
    "INSERT OR IGNORE INTO main._billing_closed_notice"
    " SELECT ?1, 'trial_ending', ?2, min(?3, ?4), ?4 WHERE ?2 < min(?3, ?4)";

static const char sql_subscriptions_keep[] =
    "INSERT OR IGNORE INTO main._billing_closed_notice"
    " SELECT ?1, 'subscription_ending', max(billing_ms(s.starts_at), ?2),"
    "  min(billing_ms(s.ends_at), ?3), billing_ms(s.ends_at)"
    " FROM main._billing_wallet w CROSS JOIN main.team t USING (team_id)"
    " CROSS JOIN main.subscription s USING (account_id)"
    " WHERE w.wallet_id = ?1 AND " SQL_IS_LAST_SUBSCRIPTION("s")
    "  AND max(billing_ms(s.starts_at), ?2) < min(billing_ms(s.ends_at), ?3)"
    "  AND access(w.team_id, s.ends_at) = 'none'";

static const char sql_lots_drop[] =
    "DELETE FROM main._billing_closed_lot WHERE closed_ms > ?2 AND lot_id IN"
    " (SELECT lot_id FROM main._billing_holding WHERE wallet_id = ?1)";

/* ---- terms ---- */

static void keep_step(struct store *store, int64_t wallet_id, int64_t from_ms, int64_t to_ms,
                      int *rc) {
  enum access access = store_terms_access(store, wallet_id, from_ms, rc);
  int64_t before = query_number(store, sql_terms_last, -1, rc, "ii", wallet_id, from_ms);
  if (before == (int64_t)access) {
    query_run(store, sql_terms_extend, rc, "iii", wallet_id, from_ms, to_ms);
  } else {
    query_run(store, sql_terms_add, rc, "iiii", wallet_id, from_ms, to_ms, (int64_t)access);
  }
}

static void keep_terms(struct store *store, int64_t wallet_id, int64_t closed_ms, int *rc) {
  int64_t from_ms = query_number(store, sql_terms_until, INT64_MIN + 1, rc, "i", wallet_id);
  sqlite3_stmt *step = query_open(store, sql_terms_steps, rc, "iiii", wallet_id, from_ms, closed_ms,
                                  store_trial_end(store, wallet_id, rc));
  while (store_row(step, rc)) {
    int64_t to_ms = sqlite3_column_int64(step, 0);
    keep_step(store, wallet_id, from_ms, to_ms, rc);
    from_ms = to_ms;
  }
  store_put(store, sql_terms_steps, step, rc);
  if (from_ms < closed_ms) keep_step(store, wallet_id, from_ms, closed_ms, rc);
}

/* ---- a wallet ---- */

/* What the next close after this one keeps of the time before this one is kept by this one. */
static void move_to_close(struct store *store, int64_t wallet_id, int64_t closed_ms, int *rc) {
  query_run(store, sql_versions_move, rc, "ii", wallet_id, closed_ms);
  query_run(store, sql_unrated_move, rc, "ii", wallet_id, closed_ms);
}

/* What is kept of a time that is open again goes. */
static void trim(struct store *store, int64_t wallet_id, int64_t closed_ms, int *rc) {
  if (closed_ms != NEVER) move_to_close(store, wallet_id, closed_ms, rc);
  query_run(store, sql_versions_drop, rc, "ii", wallet_id, closed_ms);
  query_run(store, sql_sums_drop, rc, "ii", wallet_id, closed_ms);
  query_run(store, sql_notices_drop, rc, "ii", wallet_id, closed_ms);
  query_run(store, sql_notices_cut, rc, "ii", wallet_id, closed_ms);
  query_run(store, sql_terms_drop, rc, "ii", wallet_id, closed_ms);
  query_run(store, sql_terms_cut, rc, "ii", wallet_id, closed_ms);
  query_run(store, sql_debts_drop, rc, "ii", wallet_id, closed_ms);
  query_run(store, sql_unrated_mark, rc, "ii", wallet_id, closed_ms);
  query_run(store, sql_unrated_drop, rc, "ii", wallet_id, closed_ms);
  query_run(store, sql_names_drop, rc, "ii", wallet_id, closed_ms);
  query_run(store, sql_lots_drop, rc, "ii", wallet_id, closed_ms);
}

static void keep_notices(struct store *store, int64_t wallet_id, int64_t kept_ms, int64_t closed_ms,
                         int *rc) {
  int64_t end_ms = store_trial_end(store, wallet_id, rc);
  query_run(store, sql_trial_keep, rc, "iiii", wallet_id, kept_ms, closed_ms, end_ms);
  query_run(store, sql_subscriptions_keep, rc, "iii", wallet_id, kept_ms, closed_ms);
}

void close_keep_wallet(struct store *store, int64_t wallet_id, int64_t closed_ms, int64_t version,
                       int *rc) {
  int64_t kept_ms;
  trim(store, wallet_id, closed_ms, rc);
  if (closed_ms == NEVER) return;
  kept_ms = query_number(store, sql_terms_until, INT64_MIN + 1, rc, "i", wallet_id);
  query_run(store, sql_versions_add, rc, "iii", wallet_id, closed_ms, version);
  query_run(store, sql_sums_add, rc, "ii", wallet_id, closed_ms);
  keep_notices(store, wallet_id, kept_ms, closed_ms, rc);
  query_run(store, sql_debts_add, rc, "iii", wallet_id, kept_ms, closed_ms);
  query_run(store, sql_unrated_keep, rc, "iii", wallet_id, closed_ms, kept_ms);
  keep_terms(store, wallet_id, closed_ms, rc);
}

/*
** billing_keep_closed(team_id): 1; writes what the last close of the team's group keeps, and drops
** the rest
*/
static void keep_closed(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  int rc = SQLITE_OK;
  (void)argc;
  if (called_outside_trigger(context, "billing_keep_closed")) return;
  int64_t wallet_id = query_number(store, sql_wallet_of_team, 0, &rc, "v", argv[0]);
  if (wallet_id) close_keep_group(store, wallet_id, &rc);
  if (rc == SQLITE_OK) {
    sqlite3_result_int(context, 1);
  } else {
    complain_of_sqlite(context, rc, "period_close");
  }
}

/*
** billing_keep_reading(name, value, remedy): the refusal of a fact that changes what closed periods
** read
*/
static void keep_reading(sqlite3_context *context, int argc, sqlite3_value **argv) {
  const struct column *column = fact_column(argv[0]);
  const char *remedy = constant_text(argv[2], "give a later time");
  (void)argc;
  if (called_outside_trigger(context, "billing_keep_reading")) return;
  complain(context, SQLITE_CONSTRAINT, column ? column->name : "row",
           "changes what a closed period reads", argv[1], remedy);
}

/* billing_closed_until(team_id): the last close of the team's group, in milliseconds; NULL: none */
static void closed_until(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  int rc = SQLITE_OK;
  (void)argc;
  int64_t wallet_id = query_number(store, sql_wallet_of_team, 0, &rc, "v", argv[0]);
  int64_t closed_ms = wallet_id ? close_of_wallet(store, wallet_id, &rc) : NEVER;
  if (rc != SQLITE_OK) {
    complain_of_sqlite(context, rc, "billing_closed_until");
  } else if (closed_ms != NEVER) {
    sqlite3_result_int64(context, closed_ms);
  }
}

#define OPEN SQLITE_INNOCUOUS

const struct function_def keep_functions[] = {
    {"billing_keep_closed", 1, OPEN, keep_closed, "writes derived tables; triggers call it"},
    {"billing_keep_reading", 3, OPEN, keep_reading, "does nothing but fail"},
    {"billing_closed_until", 1, OPEN, closed_until, "reads only"},
    {NULL, 0, 0, NULL, NULL},
};
