/*
** lot_series(team_id, since, until, step, zone): what each lot had left at the end of each bucket,
** up to `until`; or, with step 'change', at each instant of [since, until) at which that lot
** changed or came to the team. A row at an instant says what lot_balance says of that instant.
*/
#include "tables/page_parts.h"
#include "tables/query_table.h"

/* ---- statements ---- */

/* Of holding `s` of lot `l` at an instant: see lot_balance. */
#define SQL_STANDS_AT(ms)                            \
  "(s.from_ms <= " ms " AND " ms " < s.to_ms OR " ms \
  " < l.purchased_ms AND s.from_ms = l.purchased_ms)"
#define SQL_PHASE_AT(ms) \
  "CASE WHEN " ms " < l.purchased_ms OR (" ms " < l.start_ms AND " ms                              \
  " < l.end_ms) THEN 'pending'"                                                                    \
  " WHEN " ms " < l.end_ms THEN iif(" SQL_LOT_USED("l", ms) " < l.units, 'open', 'empty')"         \
  " WHEN " ms " >= l.expires_ms OR ifnull(l.voided_ms, " SQL_END_OF_TIME ") > l.end_ms" \
  " THEN 'lapsed'" \
  " ELSE 'void' END"
#define SQL_REST_AT(ms)                                           \
  "iif(" ms " >= l.purchased_ms AND " ms " >= l.start_ms AND " ms \
  " < l.end_ms,"                                                  \
  " l.units - " SQL_LOT_USED("l", ms) ", 0)"

#define SQL_HOLDINGS                    \
  SQL_WALLETS                           \
  " CROSS JOIN main._billing_holding s" \
  " ON s.wallet_id = w.wallet_id"       \
  " CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id"
#define SQL_CHANGES_OF(instant, joins)                                                     \
  "SELECT s.wallet_id, s.lot_id, s.from_ms, " instant " AS at_ms FROM " SQL_HOLDINGS joins \
  " WHERE ?8 = 4 AND " SQL_WALLET_ASKED " AND " instant " >= ?4 AND " instant " < ?5"

static const char *const lot_series_rows[] = {
    "WITH RECURSIVE " SQL_TICKS("?8 <> 4") ","
    " moment(wallet_id, lot_id, from_ms, at_ms) AS MATERIALIZED ("
    " SELECT s.wallet_id, s.lot_id, s.from_ms, e.charged_ms FROM " SQL_WALLETS
    "  CROSS JOIN main._billing_holding s ON s.wallet_id = w.wallet_id"
    "  CROSS JOIN main.ledger_entry e ON e.lot_id = s.lot_id"
    "   AND e.charged_ms >= max(s.from_ms, ?4) AND e.charged_ms < min(s.to_ms, ?5)"
    "  WHERE ?8 = 4 AND " SQL_WALLET_ASKED
    " UNION " SQL_CHANGES_OF("s.from_ms", "")
    " UNION " SQL_CHANGES_OF("l.start_ms", "")
    " UNION " SQL_CHANGES_OF("l.end_ms", "")
    " UNION " SQL_CHANGES_OF("l.expires_ms", "")
    " UNION " SQL_CHANGES_OF("l.purchased_ms", "") ")"
    " SELECT w.team_id AS team, billing_time(m.at_ms), l.lot_id AS lot, l.kind,"
    "  " SQL_TOKENS(SQL_REST_AT("m.at_ms")) ", " SQL_PHASE_AT("m.at_ms") ","
    "  " SQL_TEAM_NAME("w.team_id", "m.at_ms") ", " SQL_SETTLED_UNTIL("?5") ", m.at_ms AS at_ms"
    "  FROM moment m CROSS JOIN main._billing_wallet w ON w.wallet_id = m.wallet_id"
    "  CROSS JOIN main._billing_holding s ON s.wallet_id = m.wallet_id AND s.lot_id = m.lot_id"
    "   AND s.from_ms = m.from_ms"
    "  CROSS JOIN main._billing_settled_lot l ON l.lot_id = m.lot_id"
    "  WHERE " SQL_STANDS_AT("m.at_ms")
    "   AND NOT (" SQL_STANDS_AT("(m.at_ms - 1)")
    "    AND " SQL_REST_AT("m.at_ms") " = " SQL_REST_AT("(m.at_ms - 1)")
    "    AND " SQL_PHASE_AT("m.at_ms") " = " SQL_PHASE_AT("(m.at_ms - 1)") ")"
    " UNION ALL"
    " SELECT w.team_id, billing_time(k.end_ms), l.lot_id, l.kind,"
    "  " SQL_TOKENS(SQL_REST_AT("k.end_ms")) ", " SQL_PHASE_AT("k.end_ms") ","
    "  " SQL_TEAM_NAME("w.team_id", "k.end_ms") ", " SQL_SETTLED_UNTIL("?5") ", k.end_ms"
    "  FROM " SQL_WALLETS " CROSS JOIN (SELECT min(end_ms, ?5) AS end_ms FROM tick) k"
    "  CROSS JOIN main._billing_holding s ON s.wallet_id = w.wallet_id"
    "  CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id"
    "  WHERE " SQL_WALLET_ASKED " AND " SQL_STANDS_AT("k.end_ms")
    " ORDER BY team, at_ms, lot",
    NULL,
};

const struct query_table lot_series_table = {
    .name = "lot_series",
    .columns =
        "team_id TEXT, at TIMESTAMP, lot_id BIGINT, kind TEXT, remaining REAL, state TEXT,"
        " team_name TEXT, settled_until TIMESTAMP, p_team TEXT HIDDEN,"
        " p_since TIMESTAMP HIDDEN, p_until TIMESTAMP HIDDEN, p_step TEXT HIDDEN,"
        " p_zone TEXT HIDDEN, since TIMESTAMP HIDDEN, until TIMESTAMP HIDDEN,"
        " step TEXT HIDDEN, zone TEXT HIDDEN",
    .rows = lot_series_rows,
    .key = BIT(0) | BIT(1) | BIT(2),
    .rows_per_team = 200,
};
