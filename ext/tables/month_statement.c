/*
** month_statement(team_id, month, zone): a month's account of a team, and what each api and each
** app had to do with it. The total adds up to the unit:
**
**   opening + purchased + moved - used - offset - lapsed = closing
**
** `used` was paid at once, `offset` paid a debt. Lines of an api or app say what of the two was
** theirs, and what of theirs was owed at both ends; the other columns are the team's alone, NULL
** there.
*/
#include "tables/page_parts.h"
#include "tables/query_table.h"

/* ---- statements ---- */

/*
** Of a holding that is here from here_ms until gone_ms. What happens at an instant counts before it
** is read.
*/
#define SQL_REST(ms) "units - " SQL_LOT_USED("stay", ms)
#define SQL_IN_MONTH(ms) "(" ms " >= ?4 AND " ms " < ?5)"

#define SQL_LINE(line, api, client)                                                    \
  " SELECT team_id, '" line "', " api ", " client                                      \
  ", NULL, NULL, NULL, sum(used), sum(offset), NULL, NULL, sum(opening), sum(closing)" \
  " FROM part GROUP BY team_id, " line

static const char *const month_statement_rows[] = {
    "WITH team AS MATERIALIZED (SELECT w.team_id, w.wallet_id FROM " SQL_TEAMS
    "  WHERE " SQL_WALLET_ASKED " AND ?4 < ?5),"
    " stay AS MATERIALIZED (SELECT w.team_id, w.wallet_id, s.from_ms, s.to_ms,"
    "  " SQL_LOT_COLUMNS("l") ","
    "  " SQL_ALIVE_FROM " AS here_ms, " SQL_ALIVE_TO " AS gone_ms"
    "  FROM team w CROSS JOIN main._billing_holding s ON s.wallet_id = w.wallet_id"
    "  CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id"
    "  WHERE " SQL_ALIVE_FROM " < " SQL_ALIVE_TO " AND " SQL_ALIVE_FROM " < ?5"
    "   AND " SQL_ALIVE_TO " >= ?4),"
    " lots AS (SELECT team_id,"
    "  sum(iif(here_ms < ?4, " SQL_REST("(?4 - 1)") ", 0)) AS opening,"
    "  sum(iif(from_ms <= start_ms AND " SQL_IN_MONTH("start_ms") ", units, 0)) AS purchased,"
    "  sum(iif(from_ms > start_ms AND " SQL_IN_MONTH("from_ms") ", " SQL_REST("(from_ms - 1)")
    ", 0)"
    "   - iif(to_ms < end_ms AND " SQL_IN_MONTH("to_ms") ", " SQL_REST("(to_ms - 1)") ", 0))"
    "   AS moved,"
    "  sum(iif(end_ms <= to_ms AND " SQL_IN_MONTH("end_ms") ", " SQL_REST("(end_ms - 1)") ", 0))"
    "   AS lapsed,"
    "  sum(iif(gone_ms >= ?5, " SQL_REST("(?5 - 1)") ", 0)) AS closing"
    "  FROM stay GROUP BY team_id),"
    /*
    ** What was paid, what came to be owed in the month, and what was owed before it, by usage. What
    ** is open came after the wallet last owed nothing.
    */
    " piece(team_id, usage_id, used, offset, opening, closing) AS ("
    " SELECT y.team_id, e.usage_id, iif(e.is_offset, 0, e.units), iif(e.is_offset, e.units, 0), 0,"
    "  iif(e.is_offset, -e.units, 0)"
    "  FROM stay y CROSS JOIN main.ledger_entry e ON e.lot_id = y.lot_id"
    "   AND e.charged_ms >= max(y.here_ms, ?4) AND e.charged_ms < min(y.gone_ms, ?5)"
    " UNION ALL SELECT w.team_id, f.usage_id, 0, 0, 0, f.units"
    "  FROM team w CROSS JOIN main._billing_debt f ON f.wallet_id = w.wallet_id"
    "   AND f.at_ms >= ?4 AND f.at_ms < ?5 AND f.since_ms = f.at_ms"
    " UNION ALL SELECT w.team_id, d.usage_id, 0, 0, d.units, d.units"
    "  FROM team w CROSS JOIN main._billing_debt d ON d.wallet_id = w.wallet_id"
    "   AND d.at_ms < ?4 AND d.units > 0"
    "   AND d.at_ms >= ifnull((SELECT z.at_ms FROM main._billing_wallet_state z"
    "    WHERE z.wallet_id = w.wallet_id AND z.at_ms < ?4 AND z.debt_units = 0"
    "    ORDER BY z.at_ms DESC LIMIT 1), -" SQL_END_OF_TIME ")"
    "  WHERE " SQL_DEBT_AT("w.wallet_id", "(?4 - 1)") " > 0"
    "   AND " SQL_LAST_STEP("d", "(?4 - 1)") "),"
    " part AS MATERIALIZED (SELECT p.team_id AS team_id, " SQL_API " AS api,"
    "  u.client_id AS app, sum(p.used) AS used, sum(p.offset) AS offset,"
    "  sum(p.opening) AS opening, sum(p.closing) AS closing"
    "  FROM piece p LEFT JOIN main.usage u ON u.usage_id = p.usage_id GROUP BY 1, 2, 3),"
    " line(team_id, line, api, client_id, opening, purchased, moved, used, offset, lapsed, closing,"
    "  uncharged_opening, uncharged_closing) AS ("
    " SELECT w.team_id, 'total', NULL, NULL, ifnull(l.opening, 0), ifnull(l.purchased, 0),"
    "  ifnull(l.moved, 0), ifnull((SELECT sum(p.used) FROM part p WHERE p.team_id = w.team_id), 0),"
    "  ifnull((SELECT sum(p.offset) FROM part p WHERE p.team_id = w.team_id), 0),"
    "  ifnull(l.lapsed, 0), ifnull(l.closing, 0), " SQL_DEBT_AT("w.wallet_id", "(?4 - 1)") ","
    "  " SQL_DEBT_AT("w.wallet_id", "(?5 - 1)")
    "  FROM team w LEFT JOIN lots l ON l.team_id = w.team_id"
    " UNION ALL" SQL_LINE("api", "api", "NULL")
    " UNION ALL" SQL_LINE("app", "NULL", "app") ")"
    " SELECT " SQL_TOKENS("opening") ", " SQL_TOKENS("purchased") ", " SQL_TOKENS("moved") ","
    "  " SQL_TOKENS("used") ", " SQL_TOKENS("offset") ", " SQL_TOKENS("lapsed") ","
    "  " SQL_TOKENS("closing") ", " SQL_TOKENS("uncharged_opening") ","
    "  " SQL_TOKENS("uncharged_closing") ", line, team_id,"
    "  substr(billing_time(?4 + ?9), 1, 7), api, client_id,"
    "  " SQL_TEAM_NAME("line.team_id", "(?5 - 1)") ","
    "  " SQL_API_NAME("line.api", "line.team_id", "(?5 - 1)") ","
    "  " SQL_APP_NAME("line.client_id", "line.team_id", "(?5 - 1)") ","
    "  " SQL_SETTLED_UNTIL("?5")
    " FROM line ORDER BY team_id, line = 'app', line = 'api', api, client_id",
    NULL,
};

const struct query_table month_statement_table = {
    .name = "month_statement",
    .columns =
        "opening REAL, purchased REAL, moved REAL, used REAL, offset REAL, lapsed REAL,"
        " closing REAL, uncharged_opening REAL, uncharged_closing REAL, line TEXT,"
        " team_id TEXT, month TEXT, api TEXT, client_id TEXT, team_name TEXT, api_name TEXT,"
        " app_name TEXT, settled_until TIMESTAMP, p_team TEXT HIDDEN, p_month TEXT HIDDEN,"
        " p_zone TEXT HIDDEN, zone TEXT HIDDEN",
    .rows = month_statement_rows,
    .key = BIT(9) | BIT(10) | BIT(12) | BIT(13),
    .rows_per_team = 10,
};
