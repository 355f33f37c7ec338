/*
** What lots have paid and wallets have consumed by an instant, as SQL: reading tables go by it, and
** so does what a close keeps.
*/
#ifndef BILLING_CONSUMED_PARTS_H
#define BILLING_CONSUMED_PARTS_H

/*
** What a lot had paid with an entry is the entry's lot_used and the late units before its instant
** (settle/late_units.h). `lot` is a row of settled_lot, which says whether there are any.
*/
#define SQL_LATE_UNITS(lot, charged_ms)                                                       \
  "iif(" charged_ms " > " lot ".late_from_ms, billing_late_units(" lot ".lot_id, " charged_ms \
  ", " lot ".late_to_ms, " lot ".late_units), 0)"

/* Units that a lot had paid by the instant `at_ms`, entries of that very instant included. */
#define SQL_LOT_PAID(lot, at_ms)                                              \
  "ifnull((SELECT p.lot_used + " SQL_LATE_UNITS(                              \
      lot, "p.charged_ms") "  FROM main.ledger_entry p WHERE p.lot_id = " lot \
                           ".lot_id AND p.charged_ms <= " at_ms               \
                           "  ORDER BY p.charged_ms DESC, p.lot_used DESC LIMIT 1), 0)"

/*
** The same of a row of settled_lot, which says whether the ledger has to be asked: most often not.
*/
#define SQL_LOT_USED(lot, at_ms)                        \
  "CASE WHEN " at_ms " >= " lot ".used_up_ms THEN " lot \
  ".units"                                              \
  " WHEN " at_ms " >= " lot ".used_from_ms THEN " SQL_LOT_PAID(lot, at_ms) " ELSE 0 END"

#define SQL_DEBT_AT(wallet_id, at_ms)                                                            \
  "ifnull((SELECT n.debt_units FROM main._billing_wallet_state n WHERE n.wallet_id = " wallet_id \
  "  AND n.at_ms <= " at_ms " ORDER BY n.at_ms DESC LIMIT 1), 0)"

/* Lot `l` in its holding `s` can pay from the later start on, until the earlier end. */
#define SQL_ALIVE_FROM "max(l.start_ms, s.from_ms)"
#define SQL_ALIVE_TO "min(l.end_ms, s.to_ms)"

#define SQL_HOLDINGS_OF(wallet_id)                                                        \
  "main._billing_holding s CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id" \
  " WHERE s.wallet_id = " wallet_id " AND " SQL_ALIVE_FROM " < " SQL_ALIVE_TO

/*
** What a wallet has consumed in all, paid or not: it grows with every usage by its price, and an
** offset leaves it alone. Differences between two instants count; lots that were over before
** `past_ms` and so drop out of them are not looked at. `which` limits the lots, beginning with AND,
** or is "".
*/
#define SQL_CONSUMED(wallet_id, at_ms, past_ms, which) \
  SQL_CONSUMED_OF(SQL_LOT_USED, wallet_id, at_ms, past_ms, which)
#define SQL_CONSUMED_OF(LOT_USED, wallet_id, at_ms, past_ms, which) \
  "(ifnull((SELECT sum(" LOT_USED("l", "min(" at_ms ", s.to_ms - 1)")             \
  "   - iif(s.from_ms > l.start_ms, " LOT_USED("l", "s.from_ms - 1") ", 0))"      \
  "  FROM " SQL_HOLDINGS_OF(wallet_id) " AND " SQL_ALIVE_FROM " <= " at_ms                      \
  "  AND " SQL_ALIVE_TO " > " past_ms which "), 0) + " SQL_DEBT_AT(wallet_id, at_ms) ")"

/* The same before a close, over all lots, by what the ledger itself says. */
#define SQL_CONSUMED_BEFORE(wallet_id, closed_ms) \
  SQL_CONSUMED_OF(SQL_LOT_PAID, wallet_id, "(" closed_ms " - 1)", "-9223372036854775807", "")

/* How many usages before a close cost nothing. */
#define SQL_FREE_BEFORE(wallet_id, closed_ms)                                       \
  "(SELECT count(*) FROM main._billing_free_usage f WHERE f.wallet_id = " wallet_id \
  "  AND f.at_ms < " closed_ms ")"

#endif
