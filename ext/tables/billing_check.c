/*
** billing_check(team_id): one row for each broken invariant and each suspicious fact. The rules are
** one statement each. Those of usage are passed over when one pass finds nothing wrong; a team has
** statements of its own (billing_check_team.c).
*/
#include "tables/query_table.h"
#include "facts/sql_parts.h"
#include "tables/check_parts.h"
#include "tables/check_pass.h"
#include "tables/reading_parts.h"
#include "tables/alert_parts.h"

/* ---- statements ---- */

#define SQL_FAR_AHEAD                                                                       \
  SQL_WARNING("far_ahead", "subject",                                                       \
              "printf(iif(utc(at, 0) IS NULL, 'is dated %s, which is no time: correct it'," \
              " 'is dated %s, years ahead'), at)")                                          \
  " FROM far WHERE at > datetime('now', '+730 days')"

static const char *const billing_check_rows[] = {
    SQL_ERROR("schema", "json_extract(value, '$[0]')", "json_extract(value, '$[1]')")
          " FROM json_each(billing_lost_parts())",
    query_guard, QUERY_ASK(DOUBT_LEDGER_NUMBER),
    "WITH paid AS MATERIALIZED (SELECT usage_id, sum(units) AS units, count(*) AS parts,"
          "  sum(iif(is_offset, 0, units)) AS at_once FROM main.ledger_entry GROUP BY usage_id) "
          SQL_ERROR("usage_sum", "'usage ' || d.usage_id",
                    "printf('rated %d units, but charged %d and uncharged %d in %d entries,'"
                    " || ' noted as %d', d.rated, ifnull(p.units, 0), d.units,"
                    " ifnull(p.parts, 0), d.parts)")
          " FROM main._billing_debt f CROSS JOIN main._billing_debt d ON " SQL_SAME_DEBT("d", "f")
          " LEFT JOIN paid p ON p.usage_id = d.usage_id"
          " WHERE f.since_ms = f.at_ms AND " SQL_LAST_STEP("d", SQL_END_OF_TIME)
          "  AND (d.rated <> d.units + ifnull(p.units, 0) OR d.parts <> ifnull(p.parts, 0)"
          "   OR f.rated <> f.units + ifnull(p.at_once, 0))",
    "WITH part(usage_id, units) AS ("
          "  SELECT usage_id, units FROM main.ledger_entry"
          "  UNION ALL SELECT d.usage_id, d.units FROM main._billing_debt d"
          "   WHERE " SQL_LAST_STEP("d", SQL_END_OF_TIME)
          "  UNION ALL SELECT usage_id, 0 FROM main._billing_free_usage WHERE status = 'free'),"
          " priced AS MATERIALIZED (SELECT p.usage_id, p.units,"
          "  units(billing_rate(u.api, u.sku, u.quantity, u.occurred_at)) AS price,"
          "  ifnull((SELECT o.factor FROM main.outcome_rule o WHERE o.outcome = u.outcome"
          "   COLLATE NOCASE AND billing_api(o.api) = billing_api(u.api)), 1) AS factor"
          "  FROM (SELECT usage_id, sum(units) AS units FROM part GROUP BY usage_id) p"
          "  CROSS JOIN main.usage u ON u.usage_id = p.usage_id WHERE " SQL_ALL_SETTLED
          "   AND " SQL_IS_OPEN("billing_ms(u.occurred_at)")
          "   AND NOT " SQL_IS_METERED("u.api") ") "
          SQL_ERROR("usage_price", "'usage ' || usage_id",
                    "printf('charged and uncharged are %d units, the rate says %s, factor %g',"
                    " units, ifnull(price, 'none'), factor)")
          /* A factor may cost or save a unit by rounding; rate() shows 15 digits of a huge one. */
          " FROM priced WHERE price IS NULL OR abs(units - price * factor)"
          "  > iif(factor IN (0, 1), 0, 1) + price / 100000000000000",
    "WITH place(usage_id, name) AS ("
          "  SELECT usage_id, 'ledger' FROM main.ledger_entry"
          "  UNION SELECT usage_id, 'ledger' FROM main._billing_debt"
          "  UNION SELECT usage_id, 'free_usage' FROM main._billing_free_usage"
          "  UNION SELECT usage_id, 'unrated' FROM main._billing_unrated) "
          SQL_ERROR("usage_place", "'usage ' || usage_id",
                    "'stands in more than one place: ' || group_concat(name, ', ')")
          " FROM place GROUP BY usage_id HAVING count(*) > 1",
    "WITH place AS MATERIALIZED ("
          "  SELECT usage_id FROM main.ledger_entry UNION SELECT usage_id FROM main._billing_debt"
          "  UNION SELECT usage_id FROM main._billing_free_usage "
          "  UNION SELECT usage_id FROM main._billing_unrated"
          "  UNION SELECT usage_id FROM (" SQL_PENDING_IDS ")) "
          SQL_ERROR("usage_place", "'usage ' || usage_id", "'is settled, but stands nowhere'")
          " FROM main.usage WHERE usage_id NOT IN (SELECT usage_id FROM place)",
    SQL_ERROR("usage_missing", "'usage ' || usage_id",
                    "'has no row in usage, but one in ' || group_concat(name, ', ')")
          " FROM (SELECT usage_id, 'ledger_entry' AS name FROM main.ledger_entry"
          "  UNION SELECT usage_id, 'debt' FROM main._billing_debt"
          "  UNION SELECT usage_id, 'free_usage' FROM main._billing_free_usage"
          "  UNION SELECT usage_id, 'unrated' FROM main._billing_unrated)"
          " WHERE usage_id NOT IN (SELECT usage_id FROM main.usage) AND " SQL_ALL_SETTLED
          " GROUP BY usage_id",
    SQL_ERROR("charged_at", "'usage ' || u.usage_id",
                    "'occurred at ' || u.occurred_at || ', but was charged at ' || e.charged_at")
          " FROM main.ledger_entry e CROSS JOIN main.usage u ON u.usage_id = e.usage_id"
          " WHERE " SQL_ALL_SETTLED " AND iif(e.is_offset,"
          "  e.charged_at <= u.occurred_at, e.charged_at <> u.occurred_at)"
          /* what was recorded after a close counts at its instant */
          "  AND NOT (u.occurred_at < e.charged_at"
          "   AND e.charged_at IN (SELECT closed_until FROM main.period_close))",
    SQL_ERROR("usage_parts", "'usage ' || usage_id",
                    "printf('has %d entries, which say to be parts %s to %s', count(*),"
                    " quote(min(part)), quote(max(part)))")
          " FROM main.ledger_entry GROUP BY usage_id HAVING min(part) <> 0"
          "  OR max(part) <> count(*) - 1 OR sum(part) <> count(*) * (count(*) - 1) / 2"
          "  OR max(is_offset NOT IN (0, 1)) = 1",
    SQL_ERROR("lot_life", "'lot ' || e.lot_id",
                    "printf('paid for usage %d at %s, it is alive from %s to %s', e.usage_id,"
                    " e.charged_at, billing_time(l.start_ms), billing_time(l.end_ms))")
          " FROM main.ledger_entry e CROSS JOIN main._billing_settled_lot l ON l.lot_id = e.lot_id"
          " WHERE e.charged_ms < l.start_ms OR e.charged_ms >= l.end_ms",
    "WITH owed AS MATERIALIZED (SELECT DISTINCT usage_id, wallet_id FROM main._billing_debt),"
          " draw AS MATERIALIZED (SELECT e.lot_id, e.usage_id, e.charged_at,"
          "  (SELECT s.wallet_id FROM main._billing_holding s WHERE s.lot_id = e.lot_id"
          "   AND s.from_ms <= e.charged_ms AND e.charged_ms < s.to_ms) AS holder,"
          /* Of an offset the debt tells the team: its usage may be of a closed period. */
          "  iif(e.is_offset = 0 AND " SQL_ALL_SETTLED " AND " SQL_IS_OPEN("e.charged_ms") ","
          "   (SELECT w.wallet_id FROM main.usage u, main._billing_wallet w"
          "   WHERE u.usage_id = e.usage_id AND w.team_id = " SQL_USAGE_TEAM "), NULL) AS payer"
          "  FROM main.ledger_entry e) "
          SQL_ERROR("lot_holder", "'lot ' || d.lot_id",
                    "printf('paid for usage %d at %s, it is with %s, the usage is that of %s',"
                    " d.usage_id, d.charged_at,"
                    " ifnull((SELECT team_id FROM main._billing_wallet WHERE wallet_id = d.holder),"
                    "  'no team'),"
                    " ifnull((SELECT team_id FROM main._billing_wallet"
                    "  WHERE wallet_id = ifnull(o.wallet_id, d.payer)), 'no team'))")
          " FROM draw d LEFT JOIN owed o ON o.usage_id = d.usage_id"
          " WHERE d.holder IS NULL OR d.holder <> ifnull(o.wallet_id, d.holder)"
          "  OR d.holder <> ifnull(d.payer, d.holder)",
    SQL_ERROR("charged_at", "'usage ' || u.usage_id",
                    "'occurred at ' || u.occurred_at || ', but its debt is of '"
                    " || ifnull(billing_time(d.at_ms), quote(d.at_ms))")
          " FROM main._billing_debt d CROSS JOIN main.usage u ON u.usage_id = d.usage_id"
          " WHERE " SQL_ALL_SETTLED " AND d.at_ms IS NOT billing_ms(u.occurred_at)"
          "  AND NOT (u.occurred_at < billing_time(d.at_ms)"
          "   AND billing_time(d.at_ms) IN (SELECT closed_until FROM main.period_close))"
          " GROUP BY d.usage_id",
    /*
    ** On trial or under an EBA by the account of the team that pays: no ledger row; else not that
    ** status.
    */
    "WITH ruled AS MATERIALIZED (SELECT w.wallet_id, w.team_id, a.account_id,"
          "  a.agreement, (a.agreement = 'eba' OR EXISTS (SELECT 1 FROM main.account_agreement g"
          "   WHERE g.account_id = a.account_id AND g.agreement = 'eba')) AS is_eba,"
          "  billing_ms(a.trial_started_at) AS from_ms, min(billing_ms(a.trial_started_at) + "
          SQL_DAYS_MS(SQL_POLICY("trial_days", "90", "a.trial_started_at")) ","
          "  ifnull(billing_ms(a.trial_ended_at), " SQL_END_OF_TIME ")) AS to_ms"
          "  FROM main._billing_wallet w JOIN main.team t ON t.team_id = w.team_id"
          "  JOIN main.account a ON a.account_id = t.account_id),"
          " stored(usage_id, wallet_id, status) AS ("
          "  SELECT usage_id, wallet_id, status FROM main._billing_free_usage"
          "  UNION ALL SELECT d.usage_id, d.wallet_id, 'charged' FROM main._billing_debt d"
          "   WHERE d.since_ms = d.at_ms"
          "  UNION SELECT e.usage_id, w.wallet_id, 'charged' FROM ruled w" SQL_ENTRIES
          "   WHERE (w.is_eba OR w.from_ms IS NOT NULL) AND e.is_offset = 0),"
          " judged AS (SELECT s.usage_id, r.team_id, s.status, CASE"
          "  WHEN " SQL_IS_EBA("r", "u.occurred_at") " THEN 'excluded'"
          "  WHEN billing_ms(u.occurred_at) >= r.from_ms AND billing_ms(u.occurred_at) < r.to_ms"
          "  THEN 'trial' END AS rule FROM stored s CROSS JOIN main.usage u"
          "  ON u.usage_id = s.usage_id CROSS JOIN ruled r ON r.wallet_id = s.wallet_id"
          "  WHERE " SQL_ALL_SETTLED " AND " SQL_IS_OPEN("billing_ms(u.occurred_at)") ") "
          SQL_ERROR("usage_class", "'usage ' || usage_id",
                    "printf('is %s, for team %s it is %s', status, team_id,"
                    " ifnull(rule, 'neither on trial nor excluded'))")
          " FROM judged WHERE iif(status IN ('trial', 'excluded'), status, NULL) IS NOT rule",
    query_guard_end,
    query_guard, QUERY_ASK(DOUBT_LOT_USED_NUMBER),
    SQL_ERROR("lot_used", "'lot ' || lot_id",
                    "printf('paid %d units for usage %d and says %d in all, the sum is %d', units,"
                    " usage_id, lot_used, total)")
          " FROM (SELECT usage_id, lot_id, units, lot_used, sum(units) OVER ("
          "  PARTITION BY lot_id ORDER BY charged_ms, lot_used"
          "  ROWS UNBOUNDED PRECEDING) AS total FROM main.ledger_entry)"
          " WHERE (lot_used <> total OR units <= 0) AND lot_id NOT IN (SELECT lot_id"
          "  FROM main._billing_settled_lot WHERE late_from_ms IS NOT NULL)",
    query_guard_end,
    /* Likewise lots with late units, and what is said of those: by the lot, and by longer spans. */
    "WITH entry AS (SELECT e.usage_id, e.lot_id, e.units,"
          "  e.lot_used + " SQL_LATE_UNITS("l", "e.charged_ms") " AS used,"
          "  sum(e.units) OVER (PARTITION BY e.lot_id ORDER BY e.charged_ms, e.lot_used"
          "  ROWS UNBOUNDED PRECEDING) AS total FROM main._billing_settled_lot l"
          "  CROSS JOIN main.ledger_entry e ON e.lot_id = l.lot_id "
          "  WHERE l.late_from_ms IS NOT NULL) "
          SQL_ERROR("lot_used", "'lot ' || lot_id",
                    "printf('paid %d units for usage %d and says %d in all, the sum is %d', units,"
                    " usage_id, used, total)")
          " FROM entry WHERE used <> total OR units <= 0",
    "WITH late AS MATERIALIZED (SELECT lot_id, min(from_ms) AS from_ms, max(from_ms) AS to_ms,"
          "  sum(units) AS units FROM main._billing_late_units WHERE level = 0 GROUP BY lot_id),"
          " said AS (SELECT l.lot_id, l.late_from_ms, l.late_to_ms, l.late_units, t.from_ms,"
          " t.to_ms,"
          "  t.units FROM main._billing_settled_lot l LEFT JOIN late t ON t.lot_id = l.lot_id"
          " UNION ALL SELECT lot_id, NULL, NULL, NULL, from_ms, to_ms, units FROM late"
          "  WHERE lot_id NOT IN (SELECT lot_id FROM main._billing_settled_lot)) "
          SQL_ERROR("lot_used", "'lot ' || lot_id",
                    "printf('says that %s units were paid late, there are %s',"
                    " ifnull(late_units, 'no'), ifnull(units, 'no'))")
          " FROM said WHERE late_from_ms IS NOT from_ms OR late_to_ms IS NOT to_ms"
          "  OR late_units IS NOT units",
    "WITH part AS (SELECT lot_id, level + 1 AS level,"
          "  from_ms & ~((1 << (12 + 8 * level)) - 1) AS from_ms, units"
          "  FROM main._billing_late_units WHERE level < 4 UNION ALL"
          " SELECT lot_id, level, from_ms, -units FROM main._billing_late_units WHERE level > 0) "
          SQL_ERROR("lot_used", "'lot ' || lot_id",
                    "printf('has %s units paid late in parts that a span of level %s does not say',"
                    " sum(units), level)")
          " FROM part GROUP BY lot_id, level, from_ms HAVING sum(units) <> 0",
    SQL_ERROR("lot_overdrawn", "'lot ' || e.lot_id",
                    "printf('paid %d units, it has %s', e.used, ifnull(l.units, 'no row'))")
          " FROM (SELECT lot_id, sum(units) AS used FROM main.ledger_entry GROUP BY lot_id) e"
          " LEFT JOIN main._billing_settled_lot l ON l.lot_id = e.lot_id "
          " WHERE e.used > ifnull(l.units, 0)",
    "WITH use AS MATERIALIZED (SELECT l.lot_id, l.used_from_ms, l.used_up_ms,"
          "  (SELECT min(charged_ms) FROM main.ledger_entry e WHERE e.lot_id = l.lot_id)"
          "   AS first_ms,"
          "  (SELECT iif(e.lot_used + " SQL_LATE_UNITS("l", "e.charged_ms") " = l.units,"
          "    e.charged_ms, NULL) FROM main.ledger_entry e WHERE e.lot_id = l.lot_id"
          "    ORDER BY e.charged_ms DESC, e.lot_used DESC LIMIT 1) AS full_ms"
          "  FROM main._billing_settled_lot l) "
          SQL_ERROR("lot_use", "'lot ' || lot_id",
                    "printf('pays from %s to %s, its entries say %s to %s',"
                    " ifnull(billing_time(used_from_ms), 'never'),"
                    " ifnull(billing_time(used_up_ms), 'its end'),"
                    " ifnull(billing_time(first_ms), 'never'),"
                    " ifnull(billing_time(full_ms), 'its end'))")
          " FROM use WHERE used_from_ms IS NOT first_ms OR used_up_ms IS NOT full_ms",
    SQL_ERROR("lot_amount", "'lot ' || t.lot_id",
                    "printf('bought are %s tokens, settled %s', t.tokens,"
                    " ifnull(" SQL_TOKENS("l.units") ", 'none'))")
          " FROM main.token_lot t LEFT JOIN main._billing_settled_lot l ON l.lot_id = t.lot_id"
          " WHERE l.units IS NOT units(t.tokens) AND " SQL_ALL_SETTLED
          " UNION ALL "
          SQL_ERROR("lot_amount", "'lot ' || lot_id", "'is settled, but has no row in token_lot'")
          " FROM main._billing_settled_lot WHERE lot_id NOT IN (SELECT lot_id FROM main.token_lot)"
          "  AND " SQL_ALL_SETTLED,
    SQL_ERROR("lot_kind", "'lot ' || t.lot_id",
                    "'is of kind ' || t.kind || ', settled as ' || l.kind")
          " FROM main.token_lot t CROSS JOIN main._billing_settled_lot l ON l.lot_id = t.lot_id"
          " WHERE l.kind <> t.kind AND " SQL_ALL_SETTLED,
    /*
    ** What was bought after every close lives by the facts: from its purchase, a Flex lot not
    ** before Flex is sold; until it expires or is voided, credits maybe only until a subscription
    ** ends before Flex is sold.
    */
    "WITH life AS (SELECT " SQL_LOT_COLUMNS("l") ", billing_ms(t.purchased_at) AS bought_ms,"
          "  coalesce(billing_ms(t.expires_at),"
          "   " SQL_MS_PLUS("t.purchased_at", SQL_POLICY("lot_term", "'+1 year'", "t.purchased_at"))
          ") AS over_ms,"
          "  billing_ms(t.voided_at) AS void_ms, t.kind = " SQL_KIND_POLICY("flex_kind")
          "   AND c.country IS NOT NULL AS is_flex,"
          "  ifnull(billing_ms(c.flex_from), " SQL_END_OF_TIME ") AS flex_ms,"
          "  t.kind = " SQL_KIND_POLICY("credit_kind") " AND c.country IS NOT NULL"
          "   AND (c.flex_from IS NULL OR l.end_ms < billing_ms(c.flex_from)) AS is_tied"
          "  FROM main.token_lot t CROSS JOIN main._billing_settled_lot l ON l.lot_id = t.lot_id"
          "  LEFT JOIN main.team m ON m.team_id = t.team_id"
          "  LEFT JOIN main.account a ON a.account_id = m.account_id"
          "  LEFT JOIN main.country c ON c.country = a.country"
          "  WHERE " SQL_ALL_SETTLED " AND " SQL_IS_OPEN("l.purchased_ms") ") "
          SQL_ERROR("lot_life", "'lot ' || lot_id",
                    "printf('is alive from %s to %s, by the facts from %s to %s',"
                    " billing_time(start_ms), billing_time(end_ms),"
                    " billing_time(iif(is_flex, max(bought_ms, flex_ms), bought_ms)),"
                    " billing_time(min(over_ms, ifnull(void_ms, over_ms))))")
          " FROM life WHERE purchased_ms <> bought_ms OR voided_ms IS NOT void_ms"
          "  OR start_ms <> iif(is_flex, max(bought_ms, flex_ms), bought_ms)"
          "  OR end_ms > min(over_ms, ifnull(void_ms, over_ms))"
          "  OR (NOT is_tied AND (expires_ms <> over_ms"
          "   OR end_ms < min(over_ms, ifnull(void_ms, over_ms))))",
    SQL_ERROR("lot_stay", "'lot ' || lot_id",
                    "printf('stays with a team from %s to %s, then from %s', billing_time(from_ms),"
                    " billing_time(to_ms), billing_time(next_ms))")
          " FROM (SELECT lot_id, from_ms, to_ms, lead(from_ms, 1, " SQL_END_OF_TIME ") OVER ("
          "  PARTITION BY lot_id ORDER BY from_ms) AS next_ms FROM main._billing_holding)"
          " WHERE to_ms <> next_ms OR from_ms >= to_ms"
          " UNION ALL "
          SQL_ERROR("lot_stay", "'lot ' || l.lot_id", "'is with no team when it is bought'")
          " FROM main._billing_settled_lot l WHERE NOT EXISTS"
          " (SELECT 1 FROM main._billing_holding s"
          "  WHERE s.lot_id = l.lot_id AND s.from_ms = l.purchased_ms)",
    SQL_UNPAID("main._billing_debt"),
    query_guard, QUERY_ASK(DOUBT_STATE_NUMBER),
    "WITH step(wallet_id, told_ms, change) AS ("
          "  SELECT d.wallet_id, d.since_ms, d.units - lag(d.units, 1, 0) OVER ("
          "   PARTITION BY d.wallet_id, d.at_ms, d.usage_id ORDER BY d.since_ms)"
          " FROM main._billing_debt d"
          "  UNION ALL SELECT wallet_id, at_ms, 0 FROM main._billing_wallet_state),"
          " owed AS MATERIALIZED (SELECT DISTINCT wallet_id, told_ms, sum(change) OVER ("
          "  PARTITION BY wallet_id ORDER BY told_ms) AS units FROM step) "
          SQL_ERROR("standing", "'team ' || (SELECT team_id FROM main._billing_wallet w"
                    " WHERE w.wallet_id = o.wallet_id)",
                    "printf('open debts are %d units at %s, the standing says %d', o.units,"
                    " billing_time(o.told_ms), o.told)")
          " FROM (SELECT wallet_id, told_ms, units,"
          "  ifnull((SELECT s.debt_units FROM main._billing_wallet_state s"
          "  WHERE s.wallet_id = owed.wallet_id AND s.at_ms <= owed.told_ms"
          "  ORDER BY s.at_ms DESC LIMIT 1), 0) AS told FROM owed) o WHERE o.units <> o.told",
    /* Negative since the row before said so, or since this very instant; never without a debt. */
    "WITH step AS (SELECT wallet_id, at_ms, debt_units, negative_since_ms, blocked_since_ms,"
          "  grace_ends_ms, lag(negative_since_ms) OVER one AS before_ms,"
          "  lag(blocked_since_ms) OVER one AS blocked_before_ms,"
          "  lag(grace_ends_ms) OVER one AS grace_before_ms FROM main._billing_wallet_state"
          "  WINDOW one AS (PARTITION BY wallet_id ORDER BY at_ms)) "
          SQL_ERROR("standing", "'team ' || (SELECT team_id FROM main._billing_wallet w"
                    " WHERE w.wallet_id = step.wallet_id)",
                    "printf('at %s it is negative since %s, blocked since %s, grace until %s,"
                    " with a debt of %d units',"
                    " billing_time(at_ms), ifnull(billing_time(negative_since_ms), 'never'),"
                    " ifnull(billing_time(blocked_since_ms), 'never'),"
                    " ifnull(billing_time(grace_ends_ms), 'never'), debt_units)")
          " FROM step WHERE debt_units < 0 OR blocked_since_ms > at_ms"
          "  OR (negative_since_ms IS NOT NULL AND (debt_units = 0"
          "   OR negative_since_ms NOT IN (at_ms, ifnull(before_ms, at_ms))))"
          /* Blocked since grace ended; grace while it is negative, by the policy of that time. */
          "  OR (blocked_since_ms IS NOT NULL AND blocked_since_ms NOT IN ("
          "   ifnull(grace_ends_ms, -1.5),"
          "   ifnull(blocked_before_ms, -1.5), ifnull(grace_before_ms, -1.5)))"
          "  OR (grace_ends_ms IS NULL) <> (negative_since_ms IS NULL)"
          "  OR (" SQL_IS_OPEN("negative_since_ms") " AND " SQL_ALL_SETTLED
          "   AND grace_ends_ms IS NOT negative_since_ms + "
          SQL_DAYS_MS(SQL_POLICY("grace_days", "14", "billing_time(negative_since_ms)")) ")"
          /* A lot with something left is beside a debt only where its kind may not pay that. */
          "  OR (debt_units > 0 AND negative_since_ms IS NULL AND " SQL_IS_OPEN("at_ms")
          "   AND NOT EXISTS (SELECT 1 FROM main.kind_api) AND " SQL_ALL_SETTLED ")",
    query_guard_end,
    SQL_CLOSED_SUM("1"),
    SQL_ERROR("wallet", "'team ' || team_id", "'has no wallet'")
          " FROM main.team WHERE team_id NOT IN (SELECT team_id FROM main._billing_wallet)",
    SQL_WARNING("pending", "'usage'", "n || ' rows are not settled yet, run SELECT settle()'")
          " FROM (SELECT count(*) AS n FROM (" SQL_PENDING_IDS ")) WHERE n > 0"
          " UNION ALL "
          SQL_WARNING("pending", "ifnull('team ' || w.team_id, 'all teams')",
                      "'facts changed, from ' || billing_time(p.from_ms)"
                      " || ' on, run SELECT settle()'")
          " FROM " SQL_MARKS " p LEFT JOIN main._billing_wallet w"
          " ON w.wallet_id = p.wallet_id",
    SQL_WARNING("rejected_usage", "'usage_reject'",
                      "n || ' rows of an import are no usage yet, from line ' || line || ': '"
                      " || reason")
          " FROM (SELECT count(*) AS n, min(reject_id), line, reason FROM main.usage_reject)"
          " WHERE n > 0",
    SQL_WARNING("unrated", "'api ' || api || ifnull(', sku ' || sku, '')",
                      "'no rate covers ' || count(*) || ' usage, from ' || min(occurred_at)"
                      " || ' to ' || max(occurred_at)")
          " FROM (SELECT billing_api(u.api) AS api,"
          "  billing_sku(u.api, u.sku, u.occurred_at) AS sku, u.occurred_at"
          " FROM main._billing_unrated r"
          "  CROSS JOIN main.usage u ON u.usage_id = r.usage_id WHERE r.reason = 'unrated'"
          "   AND NOT " SQL_IS_LISTED("r.usage_id") ") GROUP BY api, sku",
    SQL_WARNING("unassigned", "'app ' || u.client_id",
                      "'nobody pays for ' || count(*) || ' usage, from ' || min(u.occurred_at)"
                      " || ' to ' || max(u.occurred_at)")
          " FROM main._billing_unrated r CROSS JOIN main.usage u ON u.usage_id = r.usage_id"
          " WHERE r.reason = 'unassigned' AND NOT " SQL_IS_LISTED("r.usage_id")
          " GROUP BY u.client_id",
    query_guard, QUERY_ASK(DOUBT_NAME_NUMBER),
    /* What older files hold, and what the eye misreads. */
    "WITH named(place, value, fault) AS (SELECT NULL, NULL, NULL WHERE 0"
#define FACT(id, table, follows)
#define COLUMN(table, column, ...)                                                       \
  " UNION ALL SELECT '" #table "." #column "', " #column ", billing_name_fault('" #table \
  "." #column "', " #column ") FROM main." #table " WHERE typeof(" #column               \
  ") = 'text'"                                                                           \
  " GROUP BY " #column
#define END
#include "facts/facts.def"
#undef FACT
#undef COLUMN
#undef END
    ") " SQL_WARNING("bad_name", "place", "fault") " FROM named WHERE fault IS NOT NULL",
    query_guard_end,
    "WITH sold AS MATERIALIZED (SELECT DISTINCT u.api, u.sku FROM main.usage u"
          " WHERE u.sku IS NOT NULL),"
          " other AS MATERIALIZED (SELECT s.api, s.sku, p.api AS name FROM sold s"
          "  JOIN main.api p ON p.api = billing_api(s.api) AND p.premium = 1"
          "  WHERE NOT EXISTS (SELECT 1 FROM main.sku_alias a WHERE billing_api(a.api) = p.api"
          "   AND a.alias = s.sku COLLATE NOCASE)"
          "  AND NOT EXISTS (SELECT 1 FROM main.rate_card c WHERE billing_api(c.api) = p.api"
          "   AND c.sku = s.sku COLLATE NOCASE)) "
          SQL_WARNING("sku_other", "'api ' || o.name || ', sku ' || o.sku",
                      "printf('only ''*'' covers it: %d usage rows, %.15g tokens; if that is right,"
                      " list it in sku_alias', count(*),"
                      " round(sum(billing_rate(u.api, u.sku, u.quantity, u.occurred_at)), 6))")
          " FROM other o JOIN main.usage u ON u.api = o.api AND u.sku = o.sku"
          " GROUP BY o.name, o.sku COLLATE NOCASE"
          " HAVING sum(billing_rate(u.api, u.sku, u.quantity, u.occurred_at)) IS NOT NULL",
    query_guard, QUERY_ASK(DOUBT_WORD_NUMBER),
    SQL_WARNING("outcome", "'outcome ' || u.outcome",
                      "count(*) || ' usage rows have it, and outcome_rule has none: it costs the"
                      " full"
                      " price'")
          " FROM main.usage u JOIN main.api p ON p.api = billing_api(u.api) AND p.premium = 1"
          " WHERE u.outcome <> 'success' COLLATE NOCASE AND NOT EXISTS (SELECT 1"
          "  FROM main.outcome_rule o WHERE billing_api(o.api) = p.api"
          "  AND o.outcome = u.outcome COLLATE NOCASE) GROUP BY u.outcome COLLATE NOCASE",
    SQL_WARNING("client_name", "'app ' || u.client_id",
                      "'has no row in app, but ' || a.client_id || ' has: the same but for case and"
                      " blanks'")
          " FROM (SELECT DISTINCT client_id FROM main.usage"
          "  WHERE client_id NOT IN (SELECT client_id FROM main.app)) u JOIN main.app a"
          "  ON replace(lower(a.client_id), ' ', '') = replace(lower(u.client_id), ' ', '')",
    SQL_WARNING("api_name", "'api ' || u.api",
                      "'is not in the catalogue' || iif(min(billing_distance(u.api, n.name))"
                      " <= length(u.api) / 3, ', the nearest name is ' || n.name, '')")
          " FROM (SELECT DISTINCT api FROM main.usage WHERE billing_api(api) IS NULL"
          "  OR billing_api(api) NOT IN (SELECT api FROM main.api)) u JOIN (SELECT api AS name"
          "  FROM main.api UNION SELECT alias FROM main.api_alias) n"
          " GROUP BY u.api",
    query_guard_end,
    SQL_WARNING("country", "'account ' || account_id",
                      "iif(country IS NULL, 'has no country', 'country ' || country ||"
                      " ' has no row') || ', so no market rule applies'")
          " FROM main.account"
          " WHERE country IS NULL OR country NOT IN (SELECT country FROM main.country)",
    SQL_WARNING("lot_unusable", "'lot ' || lot_id", "'is never alive: bought '"
                      " || billing_time(purchased_ms) || ', over at ' || billing_time(end_ms)")
          " FROM main._billing_settled_lot WHERE start_ms >= end_ms",
    /* Far from now: hardly meant, and it lets all later usage count as of then. */
    query_guard, QUERY_ASK(DOUBT_FAR_NUMBER),
    "WITH far(subject, at) AS (SELECT 'usage ' || usage_id, occurred_at FROM main.usage) "
          SQL_FAR_AHEAD,
    query_guard_end,
    "WITH far(subject, at) AS ("
          " SELECT 'lot ' || lot_id, purchased_at FROM main.token_lot"
          " UNION ALL SELECT 'lot ' || lot_id, moved_at FROM main.lot_move"
          " UNION ALL SELECT 'app ' || client_id, assigned_at FROM main.app_team"
          " UNION ALL SELECT 'app ' || client_id, owned_from FROM main.app_owner"
          " UNION ALL SELECT 'account ' || account_id, starts_at FROM main.account_agreement"
          " UNION ALL SELECT 'account ' || account_id, assigned_at FROM main.product_assignment"
          " UNION ALL SELECT 'account ' || account_id, starts_at FROM main.subscription"
          " UNION ALL SELECT 'account ' || account_id, trial_started_at FROM main.account"
          " UNION ALL SELECT 'team ' || team_id, unblocked_at FROM main.unblock"
          " UNION ALL SELECT 'team ' || team_id, closed_until FROM main.period_close"
          " UNION ALL SELECT 'country ' || country, flex_from FROM main.country"
          " UNION ALL SELECT 'policy ' || name, effective_from FROM main.policy_change"
          " UNION ALL SELECT 'api ' || api, effective_from FROM main.rate_card"
          " UNION ALL SELECT 'api ' || api, effective_from FROM main.sku_alias) "
          SQL_FAR_AHEAD,
    /* D90; credits and adjustments come in any size. */
    SQL_WARNING("lot_small", "'lot ' || lot_id",
                      "printf('has %s tokens, policy min_purchase_tokens is %s', tokens, least)")
          " FROM (SELECT lot_id, tokens, " SQL_POLICY("min_purchase_tokens", "100", "purchased_at")
          "  AS least FROM main.token_lot WHERE kind = " SQL_KIND_POLICY("flex_kind") ")"
          " WHERE tokens < least",
    SQL_WARNING("lot_fraction", "'lot ' || lot_id",
                      "printf('has %s tokens, Flex is sold in whole tokens', tokens)")
          " FROM main.token_lot"
          " WHERE kind = " SQL_KIND_POLICY("flex_kind") " AND tokens <> round(tokens)",
    /* D105 */
    SQL_WARNING("lot_account", "'lot ' || m.lot_id",
                      "'moves at ' || m.moved_at || ' to team ' || m.team_id || ' of account '"
                      " || t.account_id || ', it was bought by account ' || b.account_id")
          " FROM main.lot_move m JOIN main.token_lot l ON l.lot_id = m.lot_id"
          " JOIN main.team t ON t.team_id = m.team_id"
          " JOIN main.team b ON b.team_id = l.team_id WHERE t.account_id <> b.account_id",
    SQL_WARNING("lot_market", "'lot ' || l.lot_id",
                      "'credits bought ' || l.purchased_at || ', but in ' || a.country"
                      " || ' Flex is sold since ' || c.flex_from")
          " FROM main.token_lot l JOIN main.team t ON t.team_id = l.team_id"
          " JOIN main.account a ON a.account_id = t.account_id"
          " JOIN main.country c ON c.country = a.country"
          " WHERE l.kind = " SQL_KIND_POLICY("credit_kind") " AND l.purchased_at >= c.flex_from",
    SQL_WARNING("app_payer", "'app ' || client_id",
                      "'nobody pays for it: assign a team in app_team'")
          " FROM main.app WHERE payer(client_id, '9999-12-31 00:00:00') IS NULL",
    SQL_WARNING("team_account", "'team ' || team_id",
                      "'account ' || account_id || ' has no row in account'")
          " FROM main.team WHERE account_id NOT IN (SELECT account_id FROM main.account)",
    SQL_WARNING("subscription", "'account ' || a.account_id",
                      "'subscriptions from ' || a.starts_at || ' and from ' || b.starts_at"
                      " || ' overlap'")
          " FROM main.subscription a JOIN main.subscription b ON b.account_id = a.account_id"
          "  AND b.rowid > a.rowid AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at",
    SQL_WARNING("rate_gap", "'api ' || api || ', sku ' || sku",
                      "'has no rate from ' || effective_from || ' to ' || next_from")
          " FROM (SELECT api, sku, effective_from, tokens,"
          "   lead(effective_from) OVER one AS next_from,"
          "   lead(tokens) OVER one AS next_tokens FROM main.rate_card"
          "   WINDOW one AS (PARTITION BY api, sku ORDER BY effective_from))"
          " WHERE tokens IS NULL AND next_tokens IS NOT NULL"
          " UNION ALL "
          SQL_WARNING("rate_gap", "'api ' || api", "'is premium and has no rate'")
          " FROM main.api WHERE premium = 1 AND api NOT IN (SELECT billing_api(api)"
          "  FROM main.rate_card)"
          " UNION ALL "
          SQL_WARNING("rate_gap", "'api ' || a.api || ', sku ' || a.sku",
                      "'has no rate, and alias ' || a.alias || ' stands for it'")
          " FROM main.sku_alias a JOIN main.api p ON p.api = billing_api(a.api) AND p.premium = 1"
          " WHERE NOT EXISTS (SELECT 1 FROM main.rate_card c WHERE billing_api(c.api) = p.api"
          "  AND (c.sku = '*' OR c.sku = a.sku COLLATE NOCASE))",
    NULL,
};

const struct query_table billing_check_table = {
    .name = "billing_check",
    .columns = "severity TEXT, rule TEXT, subject TEXT, detail TEXT, p_team TEXT HIDDEN",
    .rows = billing_check_rows,
    .rows_of_team = billing_check_of_team,
    .key = BIT(0) | BIT(1) | BIT(2) | BIT(3),
    .ends_when_broken = true,
    .ask = check_pass,
    .rows_per_team = 10,
};
