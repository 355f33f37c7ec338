/*
** Pieces of SQL that the statements of reading.def share. Parameters: see tables/query_table.h.
*/
#ifndef BILLING_READING_PARTS_H
#define BILLING_READING_PARTS_H

#include "facts/consumed_parts.h"
#include "facts/sql_parts.h"

/*
** The columns of a row, where a subquery would say `l.*`: under PRAGMA full_column_names = ON and
** short_column_names = OFF SQLite calls the columns of a star "l.lot_id".
*/
#define SQL_LOT_COLUMNS(l)                                                                        \
  l ".lot_id, " l ".kind, " l ".units, " l ".purchased_ms, " l ".expires_ms, " l ".voided_ms, " l \
    ".start_ms, " l ".end_ms, " l ".used_from_ms, " l ".used_up_ms, " l ".late_from_ms, " l       \
    ".late_to_ms, " l ".late_units"
#define SQL_DEBT_COLUMNS(d)                                                                 \
  d ".wallet_id, " d ".at_ms, " d ".usage_id, " d ".since_ms, " d ".units, " d ".rated, " d \
    ".par"                                                                                  \
    "ts"

#define SQL_TOKENS(units) "(" units ") / 3600000.0"

/* The wallets asked for, by one range of the index: '' is the least text, a blob is above all. */
#define SQL_WALLETS "main._billing_wallet w"
#define SQL_WALLET_ASKED "w.team_id BETWEEN ifnull(?1, '') AND ifnull(?1, x'')"

/*
** The same, or the only one where what is asked for can stand: for lots, debts and free usage
** (tables/narrow.h).
*/
#define SQL_WALLET_STANDS "w.team_id BETWEEN coalesce(?1, ?17, '') AND coalesce(?1, ?17, x'')"

/* Usage and apps asked for. */
#define SQL_USAGE_STANDS(usage_id) usage_id " BETWEEN ?11 AND ?12"
#define SQL_CLIENT_ASKED(client) "(?13 IS NULL OR " client " = ?13)"

/*
** The instants at which usage that occurred in [?4, ?5) counts; what was recorded after a close
** counts at the end of the closed period. The span comes first in its join, where SQLite makes its
** rows one by one: a temporary table takes 80 KiB, and to get those from the system can take longer
** than all the rest of a short statement. For the same reason it sorts, and has no DISTINCT.
*/
#define SQL_SPAN_OF(from_ms, to_ms)                                         \
  "span(from_ms, to_ms) AS NOT MATERIALIZED (SELECT " from_ms ", " to_ms    \
  " UNION ALL"                                                              \
  "  SELECT billing_ms(closed_until), billing_ms(closed_until) + 1"         \
  "  FROM main.period_close WHERE NOT ?16 AND " to_ms " < " SQL_END_OF_TIME \
  "   AND closed_until >= billing_time(?5) GROUP BY 1, 2)"
#define SQL_WALLETS_IN_SPAN "span x CROSS JOIN " SQL_WALLETS
#define SQL_SPAN SQL_SPAN_OF("?4", "?5")

/*
** Where rows are shown of usage that is listed, too: the time of one may have changed since it was
** settled, so then everything is read.
*/
#define SQL_NONE_LISTED "(?16 OR NOT EXISTS (SELECT 1 FROM main._billing_pending_usage))"
#define SQL_STORED_FROM "iif(" SQL_NONE_LISTED ", ?4, -" SQL_END_OF_TIME ")"
#define SQL_STORED_TO "iif(" SQL_NONE_LISTED ", ?5, " SQL_END_OF_TIME ")"

#define SQL_IN_SPAN(ms) ms " >= x.from_ms AND " ms " < min(x.to_ms, ?2 + 1)"

/* A team found otherwise. */
#define SQL_TEAM_ASKED(team) "(?1 IS NULL OR " team " = ?1)"

/* What a wallet's lots paid while there: joins stays `s` and entries `e` to wallets `w`. */
#define SQL_ENTRIES                                                                      \
  " CROSS JOIN main._billing_holding s ON s.wallet_id = w.wallet_id"                     \
  " CROSS JOIN main.ledger_entry e ON e.lot_id = s.lot_id AND e.charged_ms >= s.from_ms" \
  "  AND e.charged_ms < s.to_ms"

/* Likewise, of the instants in rows `x` of the span (SQL_WALLETS_IN_SPAN). */
#define SQL_ENTRIES_IN_SPAN                                          \
  " CROSS JOIN main._billing_holding s ON s.wallet_id = w.wallet_id" \
  " CROSS JOIN main.ledger_entry e ON e.lot_id = s.lot_id"           \
  "  AND e.charged_ms >= max(s.from_ms, x.from_ms)"                  \
  "  AND e.charged_ms < min(s.to_ms, x.to_ms)"

/* And up to the instant asked for. */
#define SQL_ENTRIES_BY_AT                                            \
  " CROSS JOIN main._billing_holding s ON s.wallet_id = w.wallet_id" \
  " CROSS JOIN main.ledger_entry e ON e.lot_id = s.lot_id"           \
  "  AND e.charged_ms >= max(s.from_ms, x.from_ms)"                  \
  "  AND e.charged_ms < min(s.to_ms, x.to_ms, ?2 + 1)"

/*
** Joins `k`, the life of lot `l` as it was known at the first close after an instant, where a later
** fact has changed it; and what is read then.
*/
#define SQL_KNOWN_LIFE(at_ms)                                                      \
  " LEFT JOIN main._billing_closed_lot k ON k.lot_id = l.lot_id AND k.closed_ms =" \
  "  (SELECT min(n.closed_ms) FROM main._billing_closed_lot n"                     \
  "   WHERE n.lot_id = l.lot_id AND n.closed_ms > " at_ms ")"
#define SQL_START_MS "ifnull(k.start_ms, l.start_ms)"
#define SQL_END_MS "ifnull(k.end_ms, l.end_ms)"
#define SQL_EXPIRES_MS "ifnull(k.expires_ms, l.expires_ms)"
#define SQL_VOIDED_MS "iif(k.lot_id IS NULL, l.voided_ms, k.voided_ms)"

/*
** The close holds the lot `l`: it lives before it. Others may come, change and go, so what is read
** of an instant before the close does not go by them. NULL: no close.
*/
#define SQL_KNOWN_LOT(closed_ms) \
  "(" closed_ms " IS NULL OR min(l.start_ms, l.end_ms) < " closed_ms ")"

/* `d` is what its usage owes as of at_ms: no later step up to then. */
#define SQL_LAST_STEP(d, at_ms)                                                            \
  d ".since_ms = (SELECT max(n.since_ms) FROM main._billing_debt n WHERE n.wallet_id = " d \
    ".wallet_id"                                                                           \
    "  AND n.at_ms = " d ".at_ms AND n.usage_id = " d ".usage_id AND n.since_ms <= " at_ms ")"

/*
** `d` is a step of the same debt as `f`. The plus signs keep the planner from carrying a range of
** f.at_ms over to `d`, where it would take the place of the seek.
*/
#define SQL_SAME_DEBT(d, f)                                                                 \
  d ".wallet_id = +" f ".wallet_id AND " d ".at_ms = +" f ".at_ms AND " d ".usage_id = +" f \
    ".usage_id"

/* Usage that is not settled yet: rows listed, and rows above the mark. */
#define SQL_SETTLED_UPTO "(SELECT value FROM main._billing_meta WHERE name = 'settled_upto')"
#define SQL_IS_LISTED(usage_id) \
  "EXISTS (SELECT 1 FROM main._billing_pending_usage o WHERE o.usage_id = " usage_id ")"
#define SQL_PENDING_ASKED                                                                         \
  "SELECT usage_id FROM main._billing_pending_usage WHERE usage_id <= " SQL_SETTLED_UPTO          \
  "  AND " SQL_USAGE_STANDS(                                                                      \
      "usage_id") " UNION ALL SELECT usage_id FROM main.usage WHERE usage_id > " SQL_SETTLED_UPTO \
                  "  AND " SQL_USAGE_STANDS("usage_id")
#define SQL_PENDING_IDS                                                                  \
  "SELECT usage_id FROM main._billing_pending_usage WHERE usage_id <= " SQL_SETTLED_UPTO \
  " UNION ALL SELECT usage_id FROM main.usage WHERE usage_id > " SQL_SETTLED_UPTO

/* The same, or what a close has kept of it; `d` is a step of the debt. */
#define SQL_REASON(d, api)                                                          \
  "ifnull((SELECT k.reason FROM main._billing_closed_debt k WHERE k.wallet_id = " d \
  ".wallet_id AND k.at_ms = " d ".at_ms AND k.usage_id = " d                        \
  ".usage_id),"                                                                     \
  " " SQL_WHY_UNCHARGED(d ".wallet_id", d ".at_ms", api) ")"

/* Joins `u`, usage of the wallets `w` that a close keeps as one that had no rate at ?2. */
#define SQL_CLOSED_UNRATED                                                  \
  " CROSS JOIN main._billing_closed_unrated u ON u.wallet_id = w.wallet_id" \
  "  AND u.occurred_at <= billing_time(?2) AND u.from_ms <= ?2 AND u.closed_ms > ?2"

/* The same of the usage asked for, which is found first. It ends in a WHERE clause. */
#define SQL_CLOSED_UNRATED_ASKED \
  "main._billing_closed_unrated u CROSS JOIN main._billing_wallet w"              \
  "  ON w.wallet_id = u.wallet_id WHERE " SQL_WALLET_ASKED                        \
  "  AND " SQL_USAGE_STANDS("u.usage_id") " AND " SQL_CLIENT_ASKED("u.client_id") \
  "  AND u.occurred_at <= billing_time(?2) AND u.from_ms <= ?2 AND u.closed_ms > ?2"

/*
** A usage of `team` that is not settled counts from the team's last close on: before it is not
** there.
*/
#define SQL_IS_AFTER_CLOSE(team, at_ms) \
  at_ms " >= ifnull(billing_closed_until(" team "), " at_ms ")"

/* The same of usage `u` of any team: not where a close keeps that it had no rate, or may have. */
#define SQL_IS_UNSETTLED(team, at_ms)                             \
  SQL_IS_AFTER_CLOSE(team, at_ms)                                 \
  " AND NOT EXISTS (SELECT 1 FROM main._billing_closed_unrated n" \
  "  WHERE n.usage_id = u.usage_id AND n.closed_ms > " at_ms ")"

/* After every close: what is stored there follows from the facts as they are now. */
#define SQL_IS_OPEN(at_ms)                                                     \
  "(" at_ms                                                                    \
  ") >= ifnull((SELECT billing_ms(max(closed_until)) FROM main.period_close)," \
  " -9223372036854775807)"

/* The price of a usage depends on what its wallet used before it: rate() does not know it. */
#define SQL_IS_METERED(api)                                               \
  "EXISTS (SELECT 1 FROM main.rate_card c WHERE c.api = billing_api(" api \
  ")"                                                                     \
  " AND (c.rounding = 'carry' OR EXISTS (SELECT 1 FROM main.rate_tier r"  \
  "  WHERE r.api = c.api AND r.sku = c.sku)))"

/* Rows of billing_check. */
#define SQL_ERROR(rule, subject, detail) "SELECT 'error', '" rule "', " subject ", " detail
#define SQL_WARNING(rule, subject, detail) "SELECT 'warning', '" rule "', " subject ", " detail

/* Nothing is marked: what is stored can be compared with the facts. */
#define SQL_ALL_SETTLED                                         \
  "NOT EXISTS (SELECT 1 FROM main._billing_pending_wallet)"     \
  " AND NOT EXISTS (SELECT 1 FROM main._billing_pending_price)" \
  " AND NOT EXISTS (SELECT 1 FROM main._billing_pending_usage)" \
  " AND ifnull((SELECT max(usage_id) FROM main.usage), 0) <= " SQL_SETTLED_UPTO

#endif
