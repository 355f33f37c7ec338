/*
** lot_balance(team_id, at): what each lot has paid, has left, has lost, under its holder.
*/
#include "tables/query_table.h"
#include "tables/reading_parts.h"

/* ---- statements ---- */

static const char *const lot_balance_rows[] = {
    "WITH lot AS MATERIALIZED ("
          " SELECT w.team_id, l.lot_id, l.kind, l.purchased_ms, l.units,"
          " " SQL_EXPIRES_MS " AS expires_ms, " SQL_LOT_USED("l", "?2") " AS used,"
          "  CASE WHEN ?2 < l.purchased_ms OR (?2 < " SQL_START_MS " AND ?2 < " SQL_END_MS
          ") THEN 'pending'"
          "   WHEN ?2 < " SQL_END_MS " THEN 'alive'"
          "   WHEN ?2 >= " SQL_EXPIRES_MS " OR ifnull(" SQL_VOIDED_MS ", " SQL_END_OF_TIME ") > "
          SQL_END_MS
          "    THEN 'lapsed'"
          "   ELSE 'void' END AS phase"
          " FROM " SQL_WALLETS " CROSS JOIN main._billing_holding s ON s.wallet_id = w.wallet_id"
          " CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id"
          SQL_KNOWN_LIFE("?2")
          " WHERE " SQL_WALLET_STANDS " AND s.lot_id BETWEEN ?14 AND ?15"
          " AND (s.from_ms <= ?2 AND ?2 < s.to_ms"
          "  OR ?2 < l.purchased_ms AND s.from_ms = l.purchased_ms))"
          " SELECT team_id, ?3, lot_id, kind, billing_time(purchased_ms), billing_time(expires_ms),"
          " " SQL_TOKENS("units") ", " SQL_TOKENS("used") ","
          " iif(phase IN ('lapsed', 'void'), " SQL_TOKENS("units - used") ", 0.0),"
          " iif(phase = 'alive', " SQL_TOKENS("units - used") ", 0.0),"
          " iif(phase = 'alive', iif(used < units, 'open', 'empty'), phase)"
          " FROM lot ORDER BY team_id, lot_id",
    NULL,
};

const struct query_table lot_balance_table = {
    .name = "lot_balance",
    .columns =
        "team_id TEXT, at TIMESTAMP, lot_id BIGINT, kind TEXT,"
        " purchased_at TIMESTAMP, expires_at TIMESTAMP, tokens REAL, used REAL,"
        " lapsed REAL, remaining REAL, state TEXT,"
        " p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN",
    .rows = lot_balance_rows,
    .key = BIT(0) | BIT(2),
    .rows_per_team = 8,
    .filters = BIT(FILTER_LOT),
};
