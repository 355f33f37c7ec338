/*
** billing_check(team_id): what the usage, lots and debts of one team have to agree with, read from
** its wallet alone. The rules that compare more (names, apps, the catalogue, a usage in two places)
** are those of all teams.
*/
#include "tables/check_parts.h"

#define SQL_OF_TEAM(table, alias) \
  "main._billing_wallet w CROSS JOIN " table " " alias " ON " alias ".wallet_id = w.wallet_id"
#define SQL_LOTS_OF_TEAM \
  "(SELECT DISTINCT s.lot_id FROM " SQL_OF_TEAM(                                            \
      "main._billing_holding",                                                              \
      "s") " WHERE w.team_id = ?1) i CROSS JOIN main._billing_settled_lot l ON l.lot_id = " \
           "i.lot_id"

const char *const billing_check_of_team[] = {
    /* Each usage: its entries and debt add up to its price, at its time, and its payer has it. */
    "WITH metered AS MATERIALIZED (SELECT DISTINCT c.api FROM main.rate_card c"
          "  WHERE c.rounding = 'carry' OR EXISTS (SELECT 1 FROM main.rate_tier r"
          "   WHERE r.api = c.api AND r.sku = c.sku)),"
          " rule AS MATERIALIZED (SELECT billing_api(api) AS api, outcome, factor"
          "  FROM main.outcome_rule),"
          " stands(usage_id, units, part, late_ms, at_ms, once, rated, parts, place) AS ("
          "  SELECT e.usage_id, e.units, e.part, iif(e.is_offset, e.charged_ms, NULL),"
          "   iif(e.is_offset, NULL, e.charged_ms), iif(e.is_offset, 0, e.units), NULL, NULL, 0"
          "   FROM " SQL_WALLETS SQL_ENTRIES " WHERE w.team_id = ?1"
          "  UNION ALL SELECT d.usage_id, d.units, NULL, NULL, d.at_ms, f.units - f.rated, d.rated,"
          "   d.parts, 0 FROM " SQL_OF_TEAM("main._billing_debt", "f")
          "   CROSS JOIN main._billing_debt d ON " SQL_SAME_DEBT("d", "f")
          "   WHERE w.team_id = ?1 AND f.since_ms = f.at_ms"
          "    AND " SQL_LAST_STEP("d", SQL_END_OF_TIME)
          "  UNION ALL SELECT f.usage_id, iif(f.status = 'free', 0, NULL), NULL, NULL, f.at_ms,"
          " NULL, NULL,"
          "   NULL, 1 FROM " SQL_OF_TEAM("main._billing_free_usage", "f") " WHERE w.team_id = ?1),"
          " summed AS (SELECT usage_id, sum(units) AS units, count(part) AS entries,"
          "  total(part) AS parts, max(part) AS last, min(late_ms) AS late_ms, min(at_ms)"
          "   AS first_ms,"
          "  max(at_ms) AS at_ms, sum(once) AS once, max(rated) AS rated, max(parts) AS noted,"
          "  sum(place) AS places FROM stands GROUP BY usage_id),"
          " judged AS (SELECT g.usage_id, CASE"
          "   WHEN places + (entries > 0 OR rated IS NOT NULL) > 1 THEN 'usage_place'"
          "   WHEN parts <> entries * (entries - 1) / 2 OR last <> entries - 1 THEN 'usage_parts'"
          "   WHEN rated IS NOT NULL AND (rated <> units OR once <> 0 OR noted <> entries)"
          "    THEN 'usage_sum'"
          "   WHEN NOT (" SQL_ALL_SETTLED ") THEN NULL"
          "   WHEN u.usage_id IS NULL THEN 'usage_missing'"
          "   WHEN late_ms <= billing_ms(u.occurred_at) OR first_ms <> at_ms"
          "    OR (at_ms <> billing_ms(u.occurred_at) AND NOT (at_ms > billing_ms(u.occurred_at)"
          "     AND billing_time(at_ms) IN (SELECT closed_until FROM main.period_close)))"
          "    THEN 'charged_at'"
          "   WHEN units IS NOT NULL AND " SQL_IS_PRICED_WRONG("g.units") " THEN 'usage_price'"
          "   WHEN rated IS NULL AND " SQL_IS_PAID_WRONG("?1") " THEN 'lot_holder' END AS rule,"
          "   g.units, g.entries, u.occurred_at"
          "  FROM summed g LEFT JOIN main.usage u ON u.usage_id = g.usage_id)"
          " SELECT 'error', rule, 'usage ' || usage_id,"
          "  printf('occurred at %s, stands with %s units in %d entries of team %s;"
          " billing_check without a team has more', ifnull(occurred_at, 'no time'),"
          "  ifnull(units, 'no'), entries, ?1)"
          " FROM judged WHERE rule IS NOT NULL",
    "WITH paid AS (SELECT " SQL_LOT_COLUMNS("l") ", (SELECT total(e.units) FROM main.ledger_entry e"
          "   WHERE e.lot_id = l.lot_id) AS paid,"
          "  " SQL_LOT_PAID("l", SQL_END_OF_TIME) " AS noted,"
          "  (SELECT min(e.charged_ms) FROM main.ledger_entry e WHERE e.lot_id = l.lot_id)"
          "   AS first_ms,"
          "  (SELECT max(e.charged_ms) FROM main.ledger_entry e WHERE e.lot_id = l.lot_id)"
          "   AS last_ms"
          "  FROM " SQL_LOTS_OF_TEAM "),"
          " judged AS (SELECT " SQL_LOT_COLUMNS("p") ", p.paid, p.first_ms, p.last_ms,"
          "  CASE WHEN p.paid > p.units THEN 'lot_overdrawn'"
          "   WHEN p.paid <> p.noted THEN 'lot_used'"
          "   WHEN p.first_ms < p.start_ms OR p.last_ms >= p.end_ms THEN 'lot_life'"
          "   WHEN p.used_from_ms IS NOT p.first_ms OR (p.used_up_ms IS NULL) <> (p.paid < p.units)"
          "    OR p.used_up_ms <> p.last_ms THEN 'lot_use'"
          "   WHEN NOT (" SQL_ALL_SETTLED ") THEN NULL"
          "   WHEN t.lot_id IS NULL OR p.units IS NOT units(t.tokens) THEN 'lot_amount'"
          "   WHEN p.kind <> t.kind THEN 'lot_kind' END AS rule"
          "  FROM paid p LEFT JOIN main.token_lot t ON t.lot_id = p.lot_id)"
          " SELECT 'error', rule, 'lot ' || lot_id, printf('has %d units, its entries pay %d,"
          " from %s to %s', units, paid, ifnull(billing_time(first_ms), 'never'),"
          "  ifnull(billing_time(last_ms), 'never')) FROM judged WHERE rule IS NOT NULL",
    SQL_UNPAID("(SELECT " SQL_DEBT_COLUMNS("d") " FROM "
               SQL_OF_TEAM("main._billing_debt", "d") " WHERE w.team_id = ?1)"),
    /* What the wallet owes is what its open debts are, now. */
    "WITH owed(units, noted) AS (SELECT (SELECT total(d.units) FROM "
          SQL_OF_TEAM("main._billing_debt", "d") " WHERE w.team_id = ?1"
          "   AND " SQL_LAST_STEP("d", SQL_END_OF_TIME) "),"
          "  ifnull((SELECT n.debt_units FROM " SQL_OF_TEAM("main._billing_wallet_state", "n")
          "   WHERE w.team_id = ?1 ORDER BY n.at_ms DESC LIMIT 1), 0))"
          " SELECT 'error', 'standing', 'team ' || ?1,"
          "  printf('open debts are %d units, the standing says %d', units, noted)"
          " FROM owed WHERE units <> noted",
    SQL_CLOSED_SUM("w.team_id = ?1"),
    SQL_ERROR("wallet", "'team ' || t.team_id", "'has no wallet'")
          " FROM main.team t WHERE t.team_id = ?1"
          "  AND NOT EXISTS (SELECT 1 FROM main._billing_wallet w WHERE w.team_id = t.team_id)",
    SQL_WARNING("pending", "'usage'", "n || ' rows are not settled yet, run SELECT settle()'")
          " FROM (SELECT count(*) AS n FROM (" SQL_PENDING_IDS ") i CROSS JOIN main.usage u"
          "  ON u.usage_id = i.usage_id WHERE " SQL_USAGE_TEAM " = ?1) WHERE n > 0"
          " UNION ALL "
          SQL_WARNING("pending", "ifnull('team ' || w.team_id, 'all teams')",
                      "'facts changed, from ' || billing_time(p.from_ms)"
                      " || ' on, run SELECT settle()'")
          " FROM " SQL_MARKS " p LEFT JOIN main._billing_wallet w"
          "  ON w.wallet_id = p.wallet_id WHERE p.wallet_id = 0 OR w.team_id = ?1",
    SQL_WARNING("lot_unusable", "'lot ' || l.lot_id", "'is never alive: bought '"
                      " || billing_time(l.purchased_ms) || ', over at ' || billing_time(l.end_ms)")
          " FROM " SQL_LOTS_OF_TEAM " WHERE l.start_ms >= l.end_ms",
    NULL,
};
