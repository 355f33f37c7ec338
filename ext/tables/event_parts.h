/*
** What a team's lots have gone through, as SQL: token_events and balances_page share it.
*/
#ifndef BILLING_EVENT_PARTS_H
#define BILLING_EVENT_PARTS_H

#include "tables/alert_parts.h"
#include "tables/reading_parts.h"

#define SQL_TEAM_OF(wallet_id) \
  "(SELECT o.team_id FROM main._billing_wallet o WHERE o.wallet_id = " wallet_id ")"

/*
** Two tables for a WITH: `stay`, the lots of the teams asked for that came by ?2, and `event`, what
** they have gone through up to ?2, from when they are alive. Signs are those of the team's
** remainder; `place` is the order at one instant (Q28). Debt is paid when a lot comes, nearly
** always by that lot; at its instant before usage. Rows of `event` that have no units are none, but
** for purchases and moves.
*/
#define SQL_TEAM_EVENTS \
  "stay AS MATERIALIZED (SELECT w.team_id, w.wallet_id, s.from_ms, s.to_ms," \
  "  " SQL_LOT_COLUMNS("l") "," \
  "  " SQL_ALIVE_FROM " AS here_ms" \
  "  FROM " SQL_WALLETS " CROSS JOIN main._billing_holding s ON s.wallet_id = w.wallet_id" \
  "  CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id" \
  "  WHERE " SQL_WALLET_ASKED " AND " SQL_ALIVE_FROM " < " SQL_ALIVE_TO \
  "   AND " SQL_ALIVE_FROM " <= ?2)," \
  " event(team_id, at_ms, place, event, lot_id, kind, units, other_team) AS (" \
  " SELECT team_id, start_ms, 2, 'purchased', lot_id, kind, units, NULL" \
  "  FROM stay WHERE from_ms <= start_ms" \
  " UNION ALL" \
  " SELECT team_id, from_ms, 1, 'moved', lot_id, kind," \
  "  units - " SQL_LOT_USED("stay", "stay.from_ms - 1") "," \
  "  " SQL_TEAM_OF("(SELECT p.wallet_id FROM main._billing_holding p WHERE p.lot_id = stay.lot_id" \
  " AND p.from_ms < stay.from_ms ORDER BY p.from_ms DESC LIMIT 1)") \
  "  FROM stay WHERE from_ms > start_ms" \
  " UNION ALL" \
  " SELECT team_id, to_ms, 1, 'moved', lot_id, kind," \
  "  " SQL_LOT_USED("stay", "stay.to_ms - 1") " - units," \
  "  " SQL_TEAM_OF("(SELECT n.wallet_id FROM main._billing_holding n WHERE n.lot_id = stay.lot_id" \
  " AND n.from_ms = stay.to_ms)") \
  "  FROM stay WHERE to_ms < end_ms AND to_ms <= ?2" \
  " UNION ALL" \
  " SELECT team_id, end_ms, 0, iif(voided_ms <= end_ms AND end_ms < expires_ms, 'voided'," \
  "  'lapsed'), lot_id, kind, " SQL_LOT_USED("stay", "stay.end_ms") " - units, NULL" \
  "  FROM stay WHERE end_ms <= to_ms AND end_ms <= ?2" \
  " UNION ALL" \
  " SELECT s.team_id, a.here_ms, 3, 'offset', s.lot_id, s.kind," \
  "  " SQL_LOT_USED("s", "a.here_ms - 1") " - ifnull((SELECT e.lot_used +" \
  "   " SQL_LATE_UNITS("s", "e.charged_ms") "" \
  "   FROM main.ledger_entry e WHERE e.lot_id = s.lot_id AND e.charged_ms = a.here_ms" \
  "    AND e.is_offset ORDER BY e.lot_used DESC LIMIT 1)," \
  "   " SQL_LOT_USED("s", "a.here_ms - 1") "), NULL" \
  "  FROM stay s CROSS JOIN (SELECT DISTINCT wallet_id, here_ms FROM stay) a" \
  "   ON a.wallet_id = s.wallet_id AND a.here_ms >= s.here_ms" \
  "   AND a.here_ms < min(s.to_ms, s.end_ms))"

#endif
