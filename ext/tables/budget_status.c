/*
** budget_status(team_id, at): what was spent of every budget up to an instant.
*/
#include "tables/query_table.h"
#include "facts/sql_parts.h"
#include "tables/reading_parts.h"
#include "tables/alert_parts.h"

/* ---- statements ---- */

/*
** ---- budget_status ----
**
** Usage counts at the instant at which the ledger counts it. A budget of a whole team is what the
** wallet has consumed; others ask for the app, user and label of each usage in their time.
*/

#define SQL_BUDGET_ASKED "w.team_id BETWEEN ifnull(b.team_id, '') AND ifnull(b.team_id, x'')"
#define SQL_BUDGET_WALLETS "main._billing_wallet w WHERE " SQL_BUDGET_ASKED
#define SQL_IN_SCOPE                                    \
  " AND u.client_id = ifnull(b.client_id, u.client_id)" \
  " AND u.user_id IS ifnull(b.user_id, u.user_id) AND u.label IS ifnull(b.label, u.label)"

/* The version that a budget is read by; one of all teams by that of the first close after `at`. */
#define SQL_BUDGET_VERSION(team_id)                                                      \
  "iif(" team_id                                                                         \
  " IS NULL,"                                                                            \
  " (SELECT min(v.version) FROM main._billing_closed_version v WHERE v.closed_ms > ?2)," \
  " " SQL_VERSION_AT(                                                                    \
      "(SELECT w.wallet_id FROM main._billing_wallet w WHERE w.team_id = " team_id ")", "?2") ")"
#define SQL_BUDGET_COLUMNS \
  "budget_id, team_id, client_id, user_id, label, tokens, starts_at, ends_at"
#define SQL_BUDGETS \
  "SELECT " SQL_BUDGET_COLUMNS " FROM main.budget b WHERE budget_id IN (SELECT budget_id"      \
  "  FROM main.budget WHERE team_id = ?1 UNION ALL SELECT budget_id FROM main.budget"        \
  "  WHERE ?1 IS NULL) AND " SQL_BUDGET_VERSION("b.team_id") " IS NULL"                        \
  " UNION ALL SELECT " KEPT_budget " FROM main._billing_closed_fact f WHERE fact = 'budget'"   \
  "  AND (?1 IS NULL OR b = ?1) AND " SQL_BUDGET_VERSION("f.b") " BETWEEN since AND last"
static const char *const budget_status_rows[] = {
    "WITH budget AS (" SQL_BUDGETS "),"
          " asked AS MATERIALIZED (SELECT " SQL_BUDGET_COLUMNS ", units(tokens) AS units,"
          "  billing_ms(starts_at) AS from_ms,"
          "  min(ifnull(billing_ms(ends_at), " SQL_END_OF_TIME "), ?2 + 1) AS to_ms"
          "  FROM budget),"
          " sums AS MATERIALIZED (SELECT " SQL_BUDGET_COLUMNS ", units, from_ms, to_ms, CASE"
          "  WHEN client_id IS NULL AND user_id IS NULL AND label IS NULL THEN"
          "   ifnull((SELECT sum(" SQL_CONSUMED("w.wallet_id", "b.to_ms - 1", "b.from_ms - 1", "")
          "     - " SQL_CONSUMED("w.wallet_id", "b.from_ms - 1", "b.from_ms - 1", "") ")"
          "    FROM " SQL_BUDGET_WALLETS " AND b.from_ms < b.to_ms), 0)"
          "  ELSE"
          "   ifnull((SELECT sum(e.units) FROM main._billing_wallet w" SQL_ENTRIES
          "     AND e.charged_ms >= b.from_ms AND e.charged_ms < b.to_ms AND e.is_offset = 0"
          "    CROSS JOIN main.usage u ON u.usage_id = e.usage_id"
          "    WHERE " SQL_BUDGET_ASKED SQL_IN_SCOPE "), 0)"
          "   + ifnull((SELECT sum(d.units) FROM main._billing_wallet w"
          "    CROSS JOIN main._billing_debt d ON d.wallet_id = w.wallet_id"
          "     AND d.at_ms >= b.from_ms"
          "     AND d.at_ms < b.to_ms AND d.since_ms = d.at_ms"
          "    CROSS JOIN main.usage u ON u.usage_id = d.usage_id"
          "    WHERE " SQL_BUDGET_ASKED SQL_IN_SCOPE "), 0)"
          "  END AS spent FROM asked b)"
          " SELECT team_id, ?3, budget_id, client_id, user_id, label, starts_at, ends_at, tokens,"
          " " SQL_TOKENS("spent") ", " SQL_TOKENS("units - spent") ","
          " iif(units > 0, spent * 1.0 / units, NULL),"
          " CASE WHEN spent > units THEN 'exceeded'"
          "  WHEN spent > 0 AND (units - spent) * 100.0 <= units * "
          SQL_POLICY("red_percent", "20", "?3")
          "   THEN 'warning' ELSE 'ok' END"
          " FROM sums ORDER BY team_id, budget_id",
    NULL,
};

const struct query_table budget_status_table = {
    .name = "budget_status",
    .columns =
        "team_id TEXT, at TIMESTAMP, budget_id BIGINT, client_id TEXT,"
        " user_id TEXT, label TEXT, starts_at TIMESTAMP, ends_at TIMESTAMP, tokens REAL,"
        " spent REAL, remaining REAL, share REAL, state TEXT,"
        " p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN",
    .rows = budget_status_rows,
    .key = BIT(0) | BIT(2), /* its team may have changed since a close */
    .rows_per_team = 5,
};
