/*
** Pieces of SQL that several statements share.
*/
#ifndef BILLING_SQL_PARTS_H
#define BILLING_SQL_PARTS_H

/* The account that owns an app at an instant: app.account_id until the first row of app_owner. */
#define SQL_OWNER(client, at)                                                 \
  "coalesce((SELECT account_id FROM main.app_owner WHERE client_id = " client \
  "  AND owned_from <= " at                                                   \
  " ORDER BY owned_from DESC LIMIT 1),"                                       \
  " (SELECT account_id FROM main.app WHERE client_id = " client "))"

/* The agreement of account `a` at an instant: its column until the first row of account_agreement. */
#define SQL_IS_EBA(a, at)                                                        \
  "coalesce((SELECT agreement FROM main.account_agreement WHERE account_id = " a \
  ".account_id"                                                                  \
  "  AND starts_at <= " at " ORDER BY starts_at DESC LIMIT 1), " a ".agreement) = 'eba'"

/*
** Who pays for a client at an instant (D101, Q25): the assigned team; before the first assignment the
** owner's product assignment, else the owner's first team. NULL: nobody.
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
#define SQL_POLICY(name, otherwise, at)                                \
  "coalesce((SELECT value FROM main.policy_change WHERE name = '" name \
  "'"                                                                  \
  "  AND effective_from <= " at                                        \
  " ORDER BY effective_from DESC LIMIT 1),"                            \
  " (SELECT value FROM main.policy WHERE name = '" name "'), " otherwise ")"

/* One that is the same at all times. */
#define SQL_KIND_POLICY(name) \
  "coalesce((SELECT value FROM main.policy WHERE name = '" name "'), '')"

#endif
