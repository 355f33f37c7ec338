/*
** Pieces of SQL that several statements share.
*/
#ifndef BILLING_SQL_PARTS_H
#define BILLING_SQL_PARTS_H

#include "facts/known.h"

/*
** The account that owns an app at an instant: app.account_id until the first row of app_owner. Here
** and below `T` is the source of the tables, see known.h.
*/
#define SQL_OWNER_OF(T, client, at)                                     \
  "coalesce((SELECT account_id FROM " T(                                \
      app_owner) " WHERE client_id = " client "  AND owned_from <= " at \
                 " ORDER BY owned_from DESC LIMIT 1),"                  \
                 " (SELECT account_id FROM " T(app) " WHERE client_id = " client "))"
#define SQL_OWNER(client, at) SQL_OWNER_OF(NOW, client, at)

/*
** The agreement of account `a` at an instant: its column until the first row of account_agreement.
*/
#define SQL_IS_EBA_OF(T, a, at)                                                                   \
  "coalesce((SELECT agreement FROM " T(account_agreement) " WHERE account_id = " a                \
                                                          ".account_id"                           \
                                                          "  AND starts_at <= " at                \
                                                          " ORDER BY starts_at DESC LIMIT 1), " a \
                                                          ".agreement) = 'eba'"
#define SQL_IS_EBA(a, at) SQL_IS_EBA_OF(NOW, a, at)

/*
** Who pays for a client at an instant (D101, Q25): the assigned team; before the first assignment
** the owner's product assignment, else the owner's first team. NULL: nobody.
*/
#define SQL_PAYER(client, at)                                                                  \
  "coalesce("                                                                                  \
  " (SELECT team_id FROM main.app_team WHERE client_id = " client " AND assigned_at <= " at    \
  "   ORDER BY assigned_at DESC LIMIT 1),"                                                     \
  " (SELECT team_id FROM main.product_assignment WHERE account_id = " SQL_OWNER(               \
      client, at) "   AND assigned_at <= " at " AND (revoked_at IS NULL OR revoked_at > " at   \
                  ")"                                                                          \
                  "   ORDER BY assigned_at DESC LIMIT 1),"                                     \
                  " (SELECT min(team_id) FROM main.team WHERE account_id = " SQL_OWNER(client, \
                                                                                       at) "))"

/* The columns that the rater reads, in its order. */
#define SQL_USAGE "u.usage_id, u.client_id, u.api, u.sku, u.quantity, u.occurred_at, u.outcome"

/* Milliseconds of a canonical instant after adding a modifier such as '+1 year' (Q15). */
#define SQL_MS_PLUS(at, term)          \
  "(CAST(strftime('%s', " at ", " term \
  ") AS INTEGER) * 1000"               \
  " + CAST(substr(strftime('%f', " at ", " term "), 4) AS INTEGER))"

/* A policy at an instant: policy.value until the first row of policy_change. */
#define SQL_POLICY_OF(T, name, otherwise, at)                              \
  "coalesce((SELECT value FROM " T(                                        \
      policy_change) " WHERE name = '" name "'  AND effective_from <= " at \
                     " ORDER BY effective_from DESC LIMIT 1),"             \
                     " (SELECT value FROM " T(policy) " WHERE name = '" name "'), " otherwise ")"
#define SQL_POLICY(name, otherwise, at) SQL_POLICY_OF(NOW, name, otherwise, at)

/* One that is the same at all times. */
#define SQL_KIND_POLICY(name) \
  "coalesce((SELECT value FROM main.policy WHERE name = '" name "'), '')"

#define SQL_NAMES SQL_API ", " SQL_SKU

#define SQL_USAGE_TEAM "payer(u.client_id, u.occurred_at)"

/* A lot's kind may pay the api: it has no rows in kind_api, or one for it. */
#define SQL_MAY_PAY_OF(T, kind, api)                                                \
  "(NOT EXISTS (SELECT 1 FROM " T(kind_api) " k WHERE k.kind = " kind               \
                                            ")"                                     \
                                            " OR EXISTS (SELECT 1 FROM " T(         \
                                                kind_api) " k WHERE k.kind = " kind \
                                                          "  AND billing_api(k.api) = " api "))"
#define SQL_MAY_PAY(kind, api) SQL_MAY_PAY_OF(NOW, kind, api)

/* Why a wallet's lots did not pay a usage of `api` in full that counted at at_ms. */
#define SQL_WHY_UNCHARGED(wallet_id, at_ms, api)                                                \
  "(SELECT CASE WHEN count(*) = 0 THEN 'no lots'"                                               \
  "  WHEN max(l.end_ms) <= " at_ms                                                              \
  " THEN 'expired' ELSE 'exceeded' END"                                                         \
  " FROM main._billing_holding s CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id" \
  " WHERE s.wallet_id = " wallet_id " AND s.from_ms <= " at_ms                                  \
  "  AND min(l.start_ms, l.end_ms) <= min(" at_ms                                               \
  ", s.to_ms - 1)"                                                                              \
  "  AND " SQL_MAY_PAY("l.kind", api) ")"

/* No other subscription of the account follows `s`. */
#define SQL_IS_LAST_SUBSCRIPTION(s)                                       \
  "NOT EXISTS (SELECT 1 FROM main.subscription n WHERE n.account_id = " s \
  ".account_id"                                                           \
  "  AND n.starts_at <= " s ".ends_at AND n.ends_at > " s ".ends_at)"

/*
** What is marked: wallet_id (0: every one) and from_ms. A change of the price list may concern
** every wallet: settle() finds out which ones.
*/
#define SQL_MARKS                                                                               \
  "(SELECT wallet_id, min(from_ms) AS from_ms FROM (SELECT wallet_id, from_ms FROM"             \
  " main._billing_pending_wallet UNION ALL SELECT 0, from_ms FROM main._billing_pending_price)" \
  " GROUP BY wallet_id)"

#define SQL_END_OF_TIME "9223372036854775807"
#define SQL_BEGIN_OF_TIME "-62167219200000" /* INSTANT_MIN */

#define SQL_API "iif(" SQL_IS_RENAMED ", " SQL_KEPT("api") ", billing_api(u.api))"

#define SQL_SKU \
  "iif(" SQL_IS_RENAMED ", " SQL_KEPT("sku") ", billing_sku(u.api, u.sku, u.occurred_at))"

/* Names as the catalogue spells them, or as a closed period did; `u` is the usage row. */
#define SQL_IS_RENAMED                                   \
  "EXISTS (SELECT 1 FROM main._billing_closed_name) AND" \
  " EXISTS (SELECT 1 FROM main._billing_closed_name k WHERE k.usage_id = u.usage_id)"

#define SQL_KEPT(name) \
  "(SELECT k." name " FROM main._billing_closed_name k WHERE k.usage_id = u.usage_id)"

#endif
