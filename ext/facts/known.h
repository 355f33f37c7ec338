/*
** Facts as a close found them. Each close keeps, once for all teams, the facts that explain what it
** holds where they differ from those of the close before (_billing_closed_fact). A number, the
** version, says which of them an instant before the close is read by (_billing_closed_version).
**
** A statement about facts is written once, with the source of its tables as a parameter:
**   #define SQL_X(T) "SELECT kind FROM " T(token_kind) " WHERE …"
**   static const char *const sql_x[] = {SQL_X(NOW), SQL_X(THEN)};
** THEN reads the version that is bound as ?9.
*/
#ifndef BILLING_KNOWN_H
#define BILLING_KNOWN_H

#include <stdint.h>

#include "store/store.h"

#define NOW(table) "main." #table

#define SQL_FACT_KEPT(table, version)                                                             \
  "SELECT " KEPT_##table " FROM main._billing_closed_fact WHERE fact = '" #table "' AND " version \
                         " BETWEEN since AND last"

#define THEN(table) "(" SQL_FACT_KEPT(table, "?9") ")"
#define KNOWN_VERSION 9 /* its parameter */

/* Of a version that is an expression of an outer query; NULL: the facts as they are. */
#define KNOWN(table, columns, version)                                                \
  "(" SQL_FACT_KEPT(table, version) " UNION ALL SELECT " columns " FROM main." #table \
                                    " WHERE " version " IS NULL)"

/* The columns of _billing_closed_fact are those of facts.def, in its order. */
#define KEPT_account                                                            \
  "a AS account_id, c AS country, d AS agreement, e AS trial_started_at, f AS " \
  "trial_ended_at"
#define KEPT_team "a AS team_id, b AS account_id"
#define KEPT_app "a AS client_id, c AS account_id"
#define KEPT_app_team "a AS client_id, b AS team_id, c AS assigned_at"
#define KEPT_app_owner "a AS client_id, b AS account_id, c AS owned_from"
#define KEPT_account_agreement "a AS account_id, b AS agreement, c AS starts_at"
#define KEPT_product_assignment "a AS account_id, b AS team_id, c AS assigned_at, d AS revoked_at"
#define KEPT_unblock "a AS team_id, b AS unblocked_at"
#define KEPT_budget                                                                      \
  "a AS budget_id, b AS team_id, c AS client_id, d AS user_id, e AS label, f AS tokens," \
  " g AS starts_at, h AS ends_at"
#define KEPT_token_kind "a AS kind, b AS rank"
#define KEPT_api "a AS api, c AS premium"
#define KEPT_api_alias "a AS alias, b AS api"
#define KEPT_sku_alias "a AS api, b AS alias, c AS sku, d AS effective_from"
#define KEPT_rate_card                                                                        \
  "a AS api, b AS sku, c AS effective_from, d AS tokens, e AS per, f AS unit, g AS rounding," \
  " h AS minimum"
#define KEPT_rate_tier "a AS api, b AS sku, c AS effective_from, d AS above, e AS tokens"
#define KEPT_outcome_rule "a AS api, b AS outcome, c AS factor"
#define KEPT_kind_api "a AS kind, b AS api"
#define KEPT_policy "a AS name, b AS value"
#define KEPT_policy_change "a AS name, b AS value, c AS effective_from"

/* The version of wallet `wallet_id` at an instant; NULL: it is open then. */
#define SQL_VERSION_AT(wallet_id, at_ms)                                                 \
  "(SELECT v.version FROM main._billing_closed_version v WHERE v.wallet_id = " wallet_id \
  " AND v.closed_ms > " at_ms " ORDER BY v.closed_ms LIMIT 1)"

/* The close that an instant of the wallet is read by; NULL: it is open then. */
#define SQL_CLOSE_AFTER(wallet_id, at_ms)                                                       \
  "(SELECT min(v.closed_ms) FROM main._billing_closed_version v WHERE v.wallet_id = " wallet_id \
  " AND v.closed_ms > " at_ms ")"

/* Keeps the facts as they are. Returns their version, from 1. */
int64_t known_keep(struct store *store, int *rc);

/* Drops them where no wallet has a closed period any more. */
void known_drop(struct store *store, int *rc);

/*
** Borrow sql[0], or of a version sql[1] with the version bound; give it back with known_put(). See
** store_take().
*/
sqlite3_stmt *known_take(struct store *store, const char *const sql[2], int64_t version, int *rc);
void known_put(struct store *store, const char *const sql[2], int64_t version,
               sqlite3_stmt *statement, int *rc);

/* The version of a wallet at an instant, with the close that has it; 0: it is open then. */
int64_t known_version(struct store *store, int64_t wallet_id, int64_t at_ms, int64_t *closed_ms,
                      int *rc);

#endif
