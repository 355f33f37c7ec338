/*
** billing_alert(team_id, at): what a team should know or do at an instant, one row per alert.
**
** A statement for each alert gives the rows. What is left to do here is when a low balance became
** low: the instant at which the balance last came down to the threshold. Nothing is summed over
** history. Between two events of lots (one comes, ends or leaves) the balance never grows: usage
** draws and leaves debts, while offsets need a lot that comes. So the events are walked backward to
** the one after which the balance was still above, and from there the instant is found by halving.
*/
#include "tables/billing_alert.h"

#include "tables/query_table.h"
#include "facts/sql_parts.h"
#include "tables/reading_parts.h"
#include "tables/alert_parts.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

/*
** ---- billing_alert: one statement for each alert ----
**
** team_id, at, alert, since, tokens, message, title; and, where `since` is left to the table, the
** wallet and what the balance must not be above.
*/

#define SQL_ALERT(team, alert, since, tokens, message, title) \
  "SELECT " team ", ?3, '" alert "', " since ", " tokens ", " message ", " title
#define SQL_TRIAL_MS SQL_DAYS_MS(SQL_POLICY("trial_days", "90", "a.trial_started_at"))
/* The notices of what ends that the close has kept of an instant before it. */
#define SQL_KEPT_NOTICE(alert)                                             \
  "SELECT w.team_id, n.end_ms FROM " SQL_WALLETS                           \
  " CROSS JOIN main._billing_closed_notice n ON n.wallet_id = w.wallet_id" \
  "  AND n.alert = '" alert "' AND n.from_ms <= ?2 AND n.to_ms > ?2 WHERE " SQL_WALLET_ASKED
#define SQL_ENDING_MS SQL_DAYS_MS(SQL_POLICY("ending_notice_days", "14", "?3"))

/* Wallets and usage `u` that count towards a budget; a NULL of it stands for any. */
#define SQL_OF_BUDGET(wallet, budget) \
  wallet ".team_id BETWEEN ifnull(" budget ".team_id, '') AND ifnull(" budget ".team_id, x'')"
#define SQL_OF_SCOPE(budget)          \
  " AND u.client_id = ifnull(" budget \
  ".client_id, u.client_id)"          \
  " AND u.user_id IS ifnull(" budget  \
  ".user_id, u.user_id)"              \
  " AND u.label IS ifnull(" budget ".label, u.label)"

#define SQL_ALERT_WALLETS SQL_WALLETS " CROSS JOIN main.team t ON t.team_id = w.team_id"

/* D99. Not for a team that never had a lot: its balance has not come down. */
const char *const billing_alert_rows[ALERT_KINDS + 1] = {
    "WITH wallet AS MATERIALIZED (SELECT w.team_id, w.wallet_id,"
          "  " SQL_BALANCE_AT("w.wallet_id", "?2") " AS balance,"
          "  units(" SQL_POLICY("low_balance_tokens", "30", "?3") ") AS low"
          "  FROM " SQL_ALERT_WALLETS " WHERE " SQL_WALLET_ASKED
          "   AND EXISTS (SELECT 1 FROM " SQL_HOLDINGS_OF("w.wallet_id")
          "    AND " SQL_ALIVE_FROM " <= ?2)) "
          SQL_ALERT("team_id", "low_balance", "NULL", SQL_TOKENS("balance"),
                    "'The token balance is down to ' || " SQL_WORD_UNITS("balance"),
                    "'Low token balance'")
          ", wallet_id, low FROM wallet WHERE balance BETWEEN 0 AND low"
          "  AND access(team_id, ?3) <> 'excluded' ORDER BY team_id",
    /* D94, D96 */
    SQL_ALERT("w.team_id", "negative_balance", "billing_time(s.negative_since_ms)",
                    SQL_TOKENS(SQL_BALANCE_AT("w.wallet_id", "?2")),
                    SQL_SAY_NEGATIVE("s.debt_units", "?3"), SQL_TITLE_NEGATIVE)
          " FROM " SQL_ALERT_WALLETS SQL_STANDING_AT("?2")
          " WHERE " SQL_WALLET_ASKED " AND s.negative_since_ms IS NOT NULL ORDER BY w.team_id",
    /*
    ** D68, D69. Since the first row after the last one without debt; a balance is negative with a
    ** debt only.
    */
    SQL_ALERT("w.team_id", "uncharged_usage",
                    "billing_time((SELECT min(f.at_ms) FROM main._billing_wallet_state f"
                    "  WHERE f.wallet_id = w.wallet_id AND f.at_ms > ifnull((SELECT p.at_ms"
                    "   FROM main._billing_wallet_state p WHERE p.wallet_id = w.wallet_id"
                    "    AND p.at_ms < ifnull(s.negative_since_ms, s.at_ms) AND p.debt_units = 0"
                    "   ORDER BY p.at_ms DESC LIMIT 1), -" SQL_END_OF_TIME ")))",
                    SQL_TOKENS("s.debt_units"), SQL_SAY_UNCHARGED("s.debt_units"),
                    SQL_TITLE_UNCHARGED)
          " FROM " SQL_ALERT_WALLETS SQL_STANDING_AT("?2")
          " WHERE " SQL_WALLET_ASKED " AND s.debt_units > 0 ORDER BY w.team_id",
    /* D39, D95 */
    SQL_ALERT("w.team_id", "grace_ending", "billing_time(s.negative_since_ms)",
                    SQL_LEAST("s.debt_units", "?3"),
                    "'Grace ends at ' || billing_time(s.grace_ends_ms)"
                    " || ': purchase ' || " SQL_WORD(SQL_LEAST("s.debt_units", "?3"))
                    " || ' tokens or more before'",
                    "'Grace period ends'")
          " FROM " SQL_ALERT_WALLETS SQL_STANDING_AT("?2")
          " WHERE " SQL_WALLET_ASKED " AND s.negative_since_ms IS NOT NULL"
          "  AND access(w.team_id, ?3) = 'grace' ORDER BY w.team_id",
    /* D40, D41 */
    "WITH blocked AS MATERIALIZED (SELECT w.team_id, w.wallet_id, s.debt_units AS debt,"
          "  ifnull(s.blocked_since_ms, s.grace_ends_ms) AS since_ms,"
          "  s.negative_since_ms IS NOT NULL AS is_negative"
          "  FROM " SQL_ALERT_WALLETS SQL_STANDING_AT("?2")
          "  WHERE " SQL_WALLET_ASKED
          "   AND (s.negative_since_ms IS NOT NULL OR s.blocked_since_ms IS NOT NULL)) "
          SQL_ALERT("team_id", "limited", "billing_time(since_ms)", SQL_LEAST("debt", "?3"),
                    SQL_SAY_LIMITED("since_ms", "debt", "is_negative",
                                    SQL_NO_SUPPORT("blocked.team_id", "since_ms", "?3",
                                                   SQL_VERSION_AT("blocked.wallet_id", "?2")),
                                    "?3"),
                    SQL_TITLE_LIMITED)
          " FROM blocked WHERE access(team_id, ?3) = 'limited' ORDER BY team_id",
    /* D112. One for all lots that end at an instant, since the notice began. */
    "WITH ending AS MATERIALIZED (SELECT w.team_id, l.lot_id, " SQL_END_MS " AS end_ms,"
          "  l.units - " SQL_LOT_USED("l", "?2") " AS remaining"
          "  FROM " SQL_ALERT_WALLETS " CROSS JOIN main._billing_holding"
          " s ON s.wallet_id = w.wallet_id"
          "  CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id"
          SQL_KNOWN_LIFE("?2")
          "  WHERE " SQL_WALLET_ASKED " AND s.from_ms <= ?2 AND ?2 < s.to_ms AND l.start_ms <= ?2"
          "   AND ?2 < " SQL_END_MS " AND " SQL_END_MS " - " SQL_NOTICE_MS " <= ?2) "
          SQL_ALERT("team_id", "lots_lapsing", "billing_time(end_ms - " SQL_NOTICE_MS ")",
                    SQL_TOKENS("sum(remaining)"),
                    SQL_WORD_UNITS("sum(remaining)") " || ' tokens lapse at '"
                    " || billing_time(end_ms) || iif(count(*) = 1, ', lot ', ', lots ')"
                    " || group_concat(lot_id, ', ')",
                    "'Tokens about to lapse'")
          " FROM (SELECT team_id, lot_id, end_ms, remaining FROM ending WHERE remaining > 0"
          "  ORDER BY team_id, end_ms, lot_id)"
          " GROUP BY team_id, end_ms",
    /*
    ** Consumption of the last full day (UTC) before `at`, against the usual day: the median of
    ** those of the 28 days before that had any. Day 0 is that day; `used_to` is what was consumed
    ** up to its end. Most teams have not spent that much, so the days before are read of the rest
    ** alone.
    */
    "WITH RECURSIVE day(n, end_ms) AS ("
          "  SELECT 0, ?2 - ((?2 % 86400000) + 86400000) % 86400000"
          "  UNION ALL SELECT n + 1, end_ms - 86400000 FROM day WHERE n < 29),"
          " last AS MATERIALIZED (SELECT w.team_id, w.wallet_id FROM day d CROSS JOIN "
          SQL_ALERT_WALLETS " WHERE d.n = 0 AND " SQL_WALLET_ASKED " AND "
          SQL_CONSUMED("w.wallet_id", "d.end_ms - 1", "?2 - 31 * 86400000", "") " - "
          SQL_CONSUMED("w.wallet_id", "d.end_ms - 86400001", "?2 - 31 * 86400000", "")
          "   >= units(" SQL_POLICY("unusual_spend_tokens", "10", "?3") ")),"
          " total AS (SELECT w.team_id, d.n, d.end_ms, "
          SQL_CONSUMED("w.wallet_id", "d.end_ms - 1", "?2 - 31 * 86400000", "")
          "   AS used_to FROM last w CROSS JOIN day d),"
          " spent AS MATERIALIZED (SELECT team_id, n, end_ms, used_to - lead(used_to) OVER ("
          "  PARTITION BY team_id ORDER BY n) AS units FROM total),"
          " ranked AS (SELECT team_id, units,"
          "  row_number() OVER (PARTITION BY team_id ORDER BY units) AS place,"
          "  count(*) OVER (PARTITION BY team_id) AS days"
          "  FROM spent WHERE n BETWEEN 1 AND 28 AND units > 0),"
          " usual AS MATERIALIZED (SELECT team_id, avg(units) AS units FROM ranked"
          "  WHERE place IN ((days + 1) / 2, days / 2 + 1) GROUP BY team_id) "
          SQL_ALERT("s.team_id", "unusual_spend", "billing_time(s.end_ms - 86400000)",
                    SQL_TOKENS("s.units"),
                    SQL_WORD_UNITS("s.units") " || ' tokens on '"
                    " || substr(billing_time(s.end_ms - 86400000), 1, 10)"
                    " || iif(u.units IS NULL, ', none in the 28 days before',"
                    "  ', usual are ' || " SQL_WORD_UNITS("u.units") ")",
                    "'Unusual spend'")
          " FROM spent s LEFT JOIN usual u ON u.team_id = s.team_id WHERE s.n = 0"
          "  AND s.units >= units(" SQL_POLICY("unusual_spend_tokens", "10", "?3") ")"
          "  AND s.units > " SQL_POLICY("unusual_spend_factor", "3", "?3") " * ifnull(u.units, 0)"
          " ORDER BY s.team_id",
    /* Of several at the oldest instant, the one of the lowest number. */
    SQL_ALERT("team_id", "unrated_usage", "occurred_at", "NULL",
                    "rows || iif(rows = 1, ' usage row has', ' usage rows have')"
                    " || ' no rate, the oldest: usage ' || usage_id || ' of api ' || api"
                    " || ifnull(', sku ' || sku, '')",
                    "'Usage without a rate'")
          " FROM (SELECT *, count(*) OVER (PARTITION BY team_id) AS rows,"
          "  row_number() OVER (PARTITION BY team_id ORDER BY occurred_at, usage_id) AS n"
          "  FROM (SELECT r.usage_id, " SQL_USAGE_TEAM " AS team_id, billing_api(u.api) AS api,"
          "   billing_sku(u.api, u.sku, u.occurred_at) AS sku, u.occurred_at"
          "  FROM main._billing_unrated r CROSS JOIN main.usage u ON u.usage_id = r.usage_id"
          "  WHERE r.reason = 'unrated' AND u.occurred_at <= ?3"
          "   AND " SQL_IS_UNSETTLED(SQL_USAGE_TEAM, "?2") ""
          "   AND NOT " SQL_IS_LISTED("r.usage_id")
          "  UNION ALL SELECT u.usage_id, w.team_id, u.api, u.sku, u.occurred_at"
          "  FROM " SQL_WALLETS SQL_CLOSED_UNRATED " WHERE " SQL_WALLET_ASKED ")"
          "  WHERE " SQL_TEAM_ASKED("team_id") ") WHERE n = 1 ORDER BY team_id",
    SQL_ALERT("NULL", "unassigned_usage", "occurred_at", "NULL",
                    "rows || iif(rows = 1, ' usage row has', ' usage rows have')"
                    " || ' no payer, the oldest: usage ' || usage_id || ' of app ' || client_id",
                    "'Usage that nobody pays for'")
          " FROM (SELECT count(*) OVER () AS rows, u.occurred_at, r.usage_id, u.client_id,"
          "   row_number() OVER (ORDER BY u.occurred_at, u.usage_id) AS n"
          "  FROM main._billing_unrated r CROSS JOIN main.usage u ON u.usage_id = r.usage_id"
          "  WHERE ?1 IS NULL AND r.reason = 'unassigned' AND u.occurred_at <= ?3"
          "   AND NOT " SQL_IS_LISTED("r.usage_id") ") WHERE n = 1",
    /* D46. Grace days are a policy of debts; this notice is one of its own. */
    "WITH trial AS MATERIALIZED (SELECT t.team_id,"
          "  min(billing_ms(a.trial_started_at) + " SQL_TRIAL_MS ","
          "   ifnull(billing_ms(a.trial_ended_at), " SQL_END_OF_TIME ")) AS end_ms"
          "  FROM " SQL_ALERT_WALLETS " CROSS JOIN main.account a ON a.account_id = t.account_id"
          "  WHERE " SQL_WALLET_ASKED " AND a.trial_started_at <= ?3"
          "   AND " SQL_VERSION_AT("w.wallet_id", "?2") " IS NULL"
          "  UNION ALL " SQL_KEPT_NOTICE("trial_ending") ") "
          SQL_ALERT("team_id", "trial_ending", "billing_time(end_ms - " SQL_ENDING_MS ")", "NULL",
                    "'The trial ends at ' || billing_time(end_ms)"
                    " || ': from then on premium APIs consume tokens'",
                    "'Trial ends'")
          " FROM trial WHERE end_ms > ?2 AND end_ms - " SQL_ENDING_MS " <= ?2"
          "  AND access(team_id, ?3) = 'trial' ORDER BY team_id",
    /*
    ** D34. Only where access ends with it: Flex is not sold there, and no other subscription
    ** follows.
    */
    "WITH ending AS MATERIALIZED (SELECT t.team_id, max(billing_ms(s.ends_at)) AS end_ms"
          "  FROM " SQL_ALERT_WALLETS " CROSS JOIN main.account a ON a.account_id = t.account_id"
          "  CROSS JOIN main.subscription s ON s.account_id = a.account_id"
          "  WHERE " SQL_WALLET_ASKED
          "   AND s.starts_at <= ?3 AND s.ends_at > ?3 AND " SQL_IS_LAST_SUBSCRIPTION("s")
          "   AND " SQL_VERSION_AT("w.wallet_id", "?2") " IS NULL"
          "   AND access(t.team_id, s.ends_at) = 'none'"
          "  GROUP BY t.team_id UNION ALL " SQL_KEPT_NOTICE("subscription_ending") ") "
          SQL_ALERT("team_id", "subscription_ending", "billing_time(end_ms - " SQL_ENDING_MS ")",
                    "NULL",
                    "'The subscription ends at ' || billing_time(end_ms)"
                    " || ': without one there is no access'",
                    "'Subscription ends'")
          " FROM ending WHERE end_ms - " SQL_ENDING_MS " <= ?2 ORDER BY team_id",
    /*
    ** Since the usage that went beyond it, found by adding up what counts in its time. The message
    ** differs from budget to budget and does not change while it is exceeded.
    */
    "WITH over AS MATERIALIZED (SELECT row_number() OVER () AS n, s.team_id, s.client_id,"
    " s.budget_id, s.spent, s.tokens,"
          "  units(s.tokens) AS units, s.user_id, s.label, billing_ms(s.starts_at) AS from_ms"
          "  FROM budget_status(?1, ?3) s"
          "  WHERE s.state = 'exceeded' AND (s.ends_at IS NULL OR s.ends_at > ?3)),"
          " spent AS (SELECT o.n, o.units AS units, e.charged_ms AS at_ms, e.units AS used"
          "  FROM over o CROSS JOIN main._billing_wallet w ON " SQL_OF_BUDGET("w", "o")
          SQL_ENTRIES "   AND e.charged_ms BETWEEN o.from_ms AND ?2 AND e.is_offset = 0"
          "  CROSS JOIN main.usage u ON u.usage_id = e.usage_id" SQL_OF_SCOPE("o")
          "  UNION ALL SELECT o.n, o.units, d.at_ms, d.units"
          "  FROM over o CROSS JOIN main._billing_wallet w ON " SQL_OF_BUDGET("w", "o")
          "  CROSS JOIN main._billing_debt d ON d.wallet_id = w.wallet_id"
          "   AND d.at_ms BETWEEN o.from_ms AND ?2 AND d.since_ms = d.at_ms"
          "  CROSS JOIN main.usage u ON u.usage_id = d.usage_id" SQL_OF_SCOPE("o") "),"
          " summed AS (SELECT n, at_ms, units, sum(used) OVER (PARTITION BY n"
          "  ORDER BY at_ms RANGE UNBOUNDED PRECEDING) AS used FROM spent),"
          " since AS MATERIALIZED (SELECT n, min(at_ms) AS at_ms FROM summed"
          "  WHERE used > units GROUP BY n) "
          SQL_ALERT("o.team_id", "budget_exceeded", "billing_time(i.at_ms)", "o.spent",
                    "'Budget ' || o.budget_id || ' is exceeded: ' || " SQL_WORD("o.tokens")
                    " || ' tokens' || ifnull(', app ' || o.client_id, '')"
                    " || ifnull(', user ' || o.user_id, '') || ifnull(', label ' || o.label, '')",
                    "'Budget exceeded'")
          " FROM over o CROSS JOIN since i ON i.n = o.n"
          " ORDER BY o.team_id, o.budget_id",
    NULL,
};

const char *const alert_names[ALERT_KINDS] = {ALERTS(ALERT_TEXT)};

/* For `since` of a low balance. ?1 wallet, ?2 at */
static const char sql_alert_balance_at[] = "SELECT " SQL_BALANCE_AT("?1", "?2");

/* The last instant up to ?2 at which a lot came to the wallet or ended or left. */
static const char sql_alert_lot_event[] =
    "SELECT max(iif(" SQL_ALIVE_TO " <= ?2, " SQL_ALIVE_TO ", " SQL_ALIVE_FROM
    "))"
    " FROM " SQL_HOLDINGS_OF("?1") " AND " SQL_ALIVE_FROM " <= ?2";

enum column { TEAM_ID, AT, ALERT, SINCE, TOKENS, MESSAGE, TITLE, COLUMN_COUNT };

/* What is asked of a wallet. */
struct question {
  struct store *store;
  int64_t wallet_id;
  int64_t threshold; /* units */
  int *rc;
};

/* The integer that the statement gives for the wallet and the instant; false: NULL, or an error. */
static bool ask(const struct question *question, const char *id, int64_t at_ms, int64_t *answer) {
  sqlite3_stmt *row = store_take(question->store, id, question->rc);
  bool found = false;
  if (row) {
    sqlite3_bind_int64(row, 1, question->wallet_id);
    sqlite3_bind_int64(row, 2, at_ms);
  }
  if (store_row(row, question->rc) && sqlite3_column_type(row, 0) != SQLITE_NULL) {
    *answer = sqlite3_column_int64(row, 0);
    found = true;
  }
  store_put(question->store, id, row, question->rc);
  return found;
}

static bool is_above(const struct question *question, int64_t at_ms) {
  int64_t balance = 0;
  return ask(question, sql_alert_balance_at, at_ms, &balance) && balance > question->threshold;
}

/*
** The first instant after `above_ms` that is not above; `low_ms` is not, and in between it only
** falls.
*/
static int64_t first_low(const struct question *question, int64_t above_ms, int64_t low_ms) {
  while (low_ms - above_ms > 1 && *question->rc == SQLITE_OK) {
    int64_t middle = above_ms + (low_ms - above_ms) / 2;
    if (is_above(question, middle)) {
      above_ms = middle;
    } else {
      low_ms = middle;
    }
  }
  return low_ms;
}

static int64_t low_since(const struct question *question, int64_t at_ms) {
  int64_t event_ms, since_ms = at_ms;
  while (ask(question, sql_alert_lot_event, at_ms, &event_ms)) {
    if (is_above(question, event_ms)) return first_low(question, event_ms, at_ms);
    since_ms = event_ms;
    if (is_above(question, event_ms - 1)) break;
    at_ms = event_ms - 1;
  }
  return since_ms; /* of a wallet that was never above: since it got its first lot */
}

int64_t alert_low_since(
    struct store *store, int64_t wallet_id, int64_t threshold, int64_t at_ms,
    int *rc) { /* NOLINT(readability-non-const-parameter): kept and written to */
  const struct question question = {store, wallet_id, threshold, rc};
  return low_since(&question, at_ms);
}

static int alert_make(struct query_cursor *cursor) {
  (void)cursor;
  return SQLITE_OK;
}

static int alert_column(struct query_cursor *cursor, sqlite3_context *context, int column) {
  char text[INSTANT_TEXT_SIZE];
  int rc = SQLITE_OK;
  if (column != SINCE || *cursor->running != billing_alert_rows[0]) {
    return query_result(cursor, context, sqlite3_column_value(cursor->rows, column));
  }
  instant_format(
      alert_low_since(query_store(cursor), sqlite3_column_int64(cursor->rows, COLUMN_COUNT),
                      sqlite3_column_int64(cursor->rows, COLUMN_COUNT + 1), cursor->at_ms, &rc),
      text);
  if (rc == SQLITE_OK) sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
  return rc;
}

static const struct query_maker alert_maker = {
    .bytes = 0,
    .make = alert_make,
    .column = alert_column,
};

const struct query_table billing_alert_table = {
    .name = "billing_alert",
    .columns =
        "team_id TEXT, at TIMESTAMP, alert TEXT, since TIMESTAMP,"
        " tokens REAL, message TEXT, title TEXT,"
        " p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN",
    .rows = billing_alert_rows,
    .key = BIT(TEAM_ID) | BIT(ALERT) | BIT(MESSAGE),
    .rows_per_team = 3,
    .maker = &alert_maker,
};
