/*
** Pieces of SQL that the statements of pages share. Parameters: see tables/query_table.h.
*/
#ifndef BILLING_PAGE_PARTS_H
#define BILLING_PAGE_PARTS_H

#include "facts/sql_parts.h"
#include "tables/alert_parts.h"
#include "tables/reading_parts.h"

/* ---- teams asked for, and names beside ids ---- */

#define SQL_TEAMS SQL_WALLETS " CROSS JOIN main.team t ON t.team_id = w.team_id"

/*
** The name of a row of `table`, as a team reads it at an instant: the one that a close found, once
** the instant is closed. `kept`: its column in _billing_closed_fact. Without closes only the first
** question is asked, once.
*/
#define SQL_NAME(table, key, id, kept, team, at_ms)                                                \
  "(SELECT iif(c.version IS NULL,"                                                                 \
  "  (SELECT n.name FROM main." table " n WHERE n." key " = " id                                   \
  "),"                                                                                             \
  "  (SELECT f." kept " FROM main._billing_closed_fact f WHERE f.fact = '" table "' AND f.a = " id \
  "    AND c.version BETWEEN f.since AND f.last))"                                                 \
  "  FROM (SELECT iif(EXISTS (SELECT 1 FROM main._billing_closed_version),"                        \
  "   " SQL_VERSION_AT("(SELECT o.wallet_id FROM main._billing_wallet o WHERE o.team_id = " team   \
                       ")",                                                                        \
                       at_ms) ", NULL) AS version) c)"
#define SQL_TEAM_NAME(team, at_ms) SQL_NAME("team", "team_id", team, "c", team, at_ms)
#define SQL_APP_NAME(client, team, at_ms) SQL_NAME("app", "client_id", client, "b", team, at_ms)
#define SQL_API_NAME(api, team, at_ms) SQL_NAME("api", "api", api, "b", team, at_ms)
#define SQL_KIND_NAME(kind, team, at_ms) SQL_NAME("token_kind", "kind", kind, "c", team, at_ms)

/*
** What is shown is settled up to here: the earliest instant that a fact which waits for settle()
** touches, or else `until_ms`. It depends on no row, so SQLite looks once.
*/
#define SQL_SETTLED_UNTIL(until_ms)                                                               \
  "(SELECT billing_time(min(" until_ms ", ifnull(min(ms), " until_ms                              \
  "))) FROM ("                                                                                    \
  "SELECT min(from_ms) AS ms FROM " SQL_MARKS                                                     \
  " UNION ALL SELECT billing_ms(min(p.occurred_at)) FROM main.usage p WHERE p.usage_id IN"        \
  "  (SELECT o.usage_id FROM main._billing_pending_usage o WHERE o.usage_id <= " SQL_SETTLED_UPTO \
  ")"                                                                                             \
  " UNION ALL SELECT billing_ms(min(p.occurred_at)) FROM main.usage p"                            \
  "  WHERE p.usage_id > " SQL_SETTLED_UPTO "))"

/* ---- buckets: tick(start_ms, end_ms) of [?4, ?5), the first and last one whole ---- */

#define SQL_TICKS(condition)                                      \
  "tick(start_ms, end_ms) AS (SELECT billing_bucket(?4, ?8, ?9)," \
  "  billing_bucket_end(?4, ?8, ?9) WHERE ?4 < ?5 AND " condition \
  " UNION ALL SELECT end_ms, billing_bucket_end(end_ms, ?8, ?9) FROM tick WHERE end_ms < ?5)"

/* ---- usage that occurred in [?4, ?5), as it is settled and paid at ?2 ---- */

/*
** The rows of `part`: one event counts once, with the first entry that pays it at once, or with the
** debt of a usage of which nothing was paid at once. state: 1 priced, 0 pending, -1 unrated or
** unassigned. `span`: the instants at which such usage counts; what was recorded after a close
** counts at the end of the closed period.
*/
#define SQL_USAGE_PARTS                                                                        \
  "span(from_ms, to_ms) AS MATERIALIZED (SELECT ?4, min(?5, ?2 + 1) UNION ALL"                 \
  "  SELECT DISTINCT billing_ms(closed_until), min(billing_ms(closed_until), ?2) + 1"          \
  "  FROM main.period_close WHERE closed_until >= billing_time(?5)),"                          \
  " part(usage_id, team_id, events, charged, uncharged, state) AS ("                           \
  " SELECT e.usage_id, w.team_id, e.part = 0, e.units, 0, 1"                                   \
  " FROM " SQL_WALLETS                                                                         \
  " CROSS JOIN span x"                                                                         \
  " CROSS JOIN main._billing_holding s ON s.wallet_id = w.wallet_id"                           \
  " CROSS JOIN main.ledger_entry e ON e.lot_id = s.lot_id AND e.is_offset = 0"                 \
  "  AND e.charged_ms >= max(s.from_ms, x.from_ms)"                                            \
  "  AND e.charged_ms < min(s.to_ms, x.to_ms)"                                                 \
  " WHERE " SQL_WALLET_ASKED                                                                   \
  " UNION ALL"                                                                                 \
  " SELECT f.usage_id, w.team_id, f.units = f.rated, f.units - d.units, d.units, 1"            \
  " FROM " SQL_WALLETS                                                                         \
  " CROSS JOIN span x"                                                                         \
  " CROSS JOIN main._billing_debt f ON f.wallet_id = w.wallet_id AND f.since_ms = f.at_ms"     \
  "  AND f.at_ms >= x.from_ms AND f.at_ms < x.to_ms"                                           \
  " CROSS JOIN main._billing_debt d ON " SQL_SAME_DEBT("d", "f") " AND " SQL_LAST_STEP(        \
      "d",                                                                                     \
      "?2") " WHERE " SQL_WALLET_ASKED                                                         \
            " UNION ALL"                                                                       \
            " SELECT f.usage_id, w.team_id, 1, 0, 0, 1"                                        \
            " FROM " SQL_WALLETS                                                               \
            " CROSS JOIN span x"                                                               \
            " CROSS JOIN main._billing_free_usage f ON f.wallet_id = w.wallet_id"              \
            "  AND f.at_ms >= x.from_ms AND f.at_ms < x.to_ms"                                 \
            " WHERE " SQL_WALLET_ASKED                                                         \
            " UNION ALL"                                                                       \
            " SELECT r.usage_id, iif(r.reason = 'unassigned', NULL, " SQL_USAGE_TEAM           \
            "), 1, 0, 0, -1"                                                                   \
            " FROM main._billing_unrated r CROSS JOIN main.usage u ON u.usage_id = r.usage_id" \
            " WHERE u.occurred_at <= billing_time(?2)"                                         \
            "  AND " SQL_IS_UNSETTLED(                                                         \
                SQL_USAGE_TEAM,                                                                \
                "?2") "  AND (?1 IS NULL OR (r.reason <> 'unassigned' AND " SQL_USAGE_TEAM     \
                      " = ?1))"                                                                \
                      " UNION ALL"                                                             \
                      " SELECT i.usage_id, " SQL_USAGE_TEAM                                    \
                      ", 1, 0, 0, 0"                                                           \
                      " FROM (" SQL_PENDING_IDS                                                \
                      ") i CROSS JOIN main.usage u ON u.usage_id = i.usage_id"                 \
                      " WHERE u.occurred_at <= billing_time(?2) AND " SQL_TEAM_ASKED(          \
                          SQL_USAGE_TEAM) "  AND " SQL_IS_UNSETTLED(SQL_USAGE_TEAM,            \
                                                                    "?2") ")," SQL_USAGE_SHOWN

/* The usage of the parts in the period, and what a close has kept as unrated. */
#define SQL_USAGE_SHOWN \
  " shown AS (SELECT p.team_id, u.client_id, " SQL_API " AS api, " SQL_SKU " AS sku,"          \
  "  u.user_id, u.label, u.occurred_at, u.quantity, p.events, p.charged, p.uncharged, p.state" \
  "  FROM part p CROSS JOIN main.usage u ON u.usage_id = p.usage_id WHERE " SQL_IN_PERIOD      \
  "   AND (p.state = 0 OR NOT " SQL_IS_LISTED("p.usage_id") ")"                                \
  " UNION ALL SELECT w.team_id, u.client_id, u.api, u.sku, u.user_id, u.label, u.occurred_at," \
  "  u.quantity, 1, 0, 0, -1"                                                                  \
  "  FROM " SQL_WALLETS SQL_CLOSED_UNRATED " WHERE " SQL_WALLET_ASKED " AND " SQL_IN_PERIOD ")"
#define SQL_IN_PERIOD "u.occurred_at >= billing_time(?4) AND u.occurred_at < billing_time(?5)"

/* Sums over parts; tokens are NULL where there is no price yet, and such rows stand apart. */
#define SQL_PRICED "(state = 1)"
#define SQL_EVENTS "sum(events)"
#define SQL_QUANTITY "round(total(iif(events, quantity, 0)), 6)"
#define SQL_IF_PRICED(units) "iif(priced, " SQL_TOKENS(units) ", NULL)"

#endif
