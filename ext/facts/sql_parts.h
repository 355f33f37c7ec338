/*
** Pieces of SQL that several statements share.
*/
#ifndef BILLING_SQL_PARTS_H
#define BILLING_SQL_PARTS_H

/* An app's owner: the account. */
#define SQL_OWNER(client) "(SELECT account_id FROM main.app WHERE client_id = " client ")"

/*
** Who pays for a client at an instant (D101, Q25): the assigned team; before the first assignment the
** owner's product assignment, else the owner's first team. NULL: nobody.
*/
#define SQL_PAYER(client, at)                                                               \
  "coalesce("                                                                               \
  " (SELECT team_id FROM main.app_team WHERE client_id = " client " AND assigned_at <= " at \
  "   ORDER BY assigned_at DESC LIMIT 1),"                                                  \
  " (SELECT team_id FROM main.product_assignment WHERE account_id = " SQL_OWNER(            \
      client) "   AND assigned_at <= " at " AND (revoked_at IS NULL OR revoked_at > " at    \
              ")"                                                                           \
              "   ORDER BY assigned_at DESC LIMIT 1),"                                      \
              " (SELECT min(team_id) FROM main.team WHERE account_id = " SQL_OWNER(client) "))"

/* The columns that the rater reads, in its order. */
#define SQL_USAGE "u.usage_id, u.client_id, u.api, u.sku, u.quantity, u.occurred_at, u.outcome"

/* Milliseconds of a canonical instant after adding a modifier such as '+1 year' (Q15). */
#define SQL_MS_PLUS(at, term)          \
  "(CAST(strftime('%s', " at ", " term \
  ") AS INTEGER) * 1000"               \
  " + CAST(substr(strftime('%f', " at ", " term "), 4) AS INTEGER))"

#define SQL_POLICY(name, otherwise) \
  "coalesce((SELECT value FROM main.policy WHERE name = '" name "'), " otherwise ")"

#endif
