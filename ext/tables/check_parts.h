/*
** What the rules of billing_check for all teams and those for one of them share.
*/
#ifndef BILLING_CHECK_PARTS_H
#define BILLING_CHECK_PARTS_H

#include "facts/sql_parts.h"
#include "tables/reading_parts.h"

/* The statements for team ?1; NULL: no more. */
extern const char *const billing_check_of_team[];

#define SQL_LAST_CLOSE "ifnull((SELECT max(closed_until) FROM main.period_close), '')"

#define SQL_CLOSE_AGAIN "delete the period_close row, run SELECT billing_rebuild(), close again"

/*
** What a close found has to be there, and the facts that it kept: of the wallets `w` where
** `condition` holds.
*/
#define SQL_CLOSED_SUM(condition) \
  "WITH kept AS (SELECT ifnull('team ' || w.team_id, 'wallet ' || k.wallet_id) AS subject,"       \
  "  k.closed_ms, k.units, " SQL_CONSUMED_BEFORE("k.wallet_id", "k.closed_ms") " AS stored,"      \
  "  k.free, " SQL_FREE_BEFORE("k.wallet_id", "k.closed_ms") " AS stored_free"                    \
  "  FROM main._billing_closed_sum k LEFT JOIN main._billing_wallet w"                            \
  "   ON w.wallet_id = k.wallet_id WHERE " condition ") "                                         \
  SQL_ERROR("closed_sum", "subject",                                                              \
            "printf('had consumed %d units at its close of %s, what is stored before it"          \
            " says %d: " SQL_CLOSE_AGAIN "', units, billing_time(closed_ms), stored)")            \
  " FROM kept WHERE units IS NOT stored UNION ALL "                                               \
  SQL_ERROR("closed_sum", "subject",                                                              \
            "printf('had %d usages without a price at its close of %s, what is stored before it"  \
            " has %d: " SQL_CLOSE_AGAIN "', free, billing_time(closed_ms), stored_free)")         \
  " FROM kept WHERE free IS NOT stored_free UNION ALL "                                           \
  SQL_ERROR("closed_sum", "'team ' || w.team_id",                                                 \
            "printf('has lost the facts that its close of %s kept: " SQL_CLOSE_AGAIN "',"         \
            " c.closed_until)")                                                                   \
  " FROM main._billing_wallet w CROSS JOIN main.period_close c ON c.team_id = w.team_id"          \
  " WHERE " condition " AND NOT EXISTS (SELECT 1 FROM main._billing_closed_version v"             \
  "  CROSS JOIN main._billing_closed_fact f ON v.version BETWEEN f.since AND f.last"              \
  "  WHERE v.wallet_id = w.wallet_id AND v.closed_ms >= billing_ms(c.closed_until))"

#define SQL_RATED "billing_rate(u.api, u.sku, u.quantity, u.occurred_at)"

/*
** Usage `u` costs other than `units`, as the rates are now; a factor may cost or save a unit.
** As the condition of a CASE it ends with the first false part, so the common one comes first.
*/
#define SQL_IS_PRICED_WRONG(units)                                                       \
  "(NOT ifnull(iif(u.outcome COLLATE NOCASE IN (SELECT outcome FROM main.outcome_rule)," \
  "  abs(" units " - units(" SQL_RATED                                                   \
  ") * ifnull((SELECT o.factor FROM rule o"                                              \
  "   WHERE o.outcome = u.outcome COLLATE NOCASE AND o.api = billing_api(u.api)), 1))"   \
  "   <= ifnull((SELECT o.factor NOT IN (0, 1) FROM rule o"                              \
  "   WHERE o.outcome = u.outcome COLLATE NOCASE AND o.api = billing_api(u.api)), 0),"   \
  "  " units " = units(" SQL_RATED                                                       \
  ")), 0)"                                                                               \
  " AND u.occurred_at >= " SQL_LAST_CLOSE                                                \
  " AND billing_api(u.api) NOT IN (SELECT api FROM metered))"

#define SQL_IS_PAID_WRONG(team)                                 \
  "(" SQL_PAYER("u.client_id", "u.occurred_at") " IS NOT " team \
                                                " AND u.occurred_at >= " SQL_LAST_CLOSE ")"

/* A lot that is alive beside a debt at an instant, and not before, must have nothing left then. */
#define SQL_UNPAID(debts) \
  "WITH step AS (SELECT wallet_id, at_ms, usage_id, since_ms, units, lead(since_ms, " \
  "1, " SQL_END_OF_TIME ") OVER (" \
  "  PARTITION BY wallet_id, at_ms, usage_id ORDER BY since_ms) AS until_ms" \
  "  FROM " debts ")," \
  " beside AS MATERIALIZED (SELECT d.usage_id, d.units, l.lot_id, l.units AS bought," \
  "  l.late_from_ms, l.late_to_ms, l.late_units, l.kind, max(d.since_ms, s.from_ms, l.start_ms)" \
  " AS met_ms" \
  "  FROM step d CROSS JOIN main._billing_holding s ON s.wallet_id = d.wallet_id" \
  "  CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id WHERE d.units > 0" \
  "   AND max(d.since_ms, s.from_ms, l.start_ms) < min(d.until_ms, s.to_ms, l.end_ms)) " \
  SQL_ERROR("unpaid", "'usage ' || b.usage_id", \
  "printf('owes %d units at %s, lot %d has some left', b.units," \
  " billing_time(b.met_ms), b.lot_id)") \
  " FROM beside b CROSS JOIN main.usage u ON u.usage_id = b.usage_id" \
  " WHERE " SQL_LOT_PAID("b", "b.met_ms") " < b.bought" \
  "  AND " SQL_MAY_PAY("b.kind", "billing_api(u.api)") " AND " SQL_ALL_SETTLED \
  "  AND " SQL_IS_OPEN("b.met_ms")

#endif
