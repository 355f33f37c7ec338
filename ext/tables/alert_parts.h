/*
** Pieces of SQL that the statements of alerts.def and the triggers of the outbox share.
*/
#ifndef BILLING_ALERT_PARTS_H
#define BILLING_ALERT_PARTS_H

#include "tables/reading_parts.h"
#include "facts/sql_parts.h"

/* ---- a wallet at an instant, in units and milliseconds: see consumed_parts.h as well ---- */

/* Units left in lots that are alive. `which` limits the lots, beginning with AND, or is "". */
#define SQL_REMAINDER_AT(wallet_id, at_ms, which)                                           \
  "ifnull((SELECT sum(l.units - " SQL_LOT_USED("l", at_ms) ") FROM " SQL_HOLDINGS_OF(       \
      wallet_id) " AND " SQL_ALIVE_FROM " <= " at_ms " AND " at_ms " < " SQL_ALIVE_TO which \
                 "), 0)"

#define SQL_BALANCE_AT(wallet_id, at_ms) \
  "(" SQL_REMAINDER_AT(wallet_id, at_ms, "") " - " SQL_DEBT_AT(wallet_id, at_ms) ")"

#define SQL_KIND_IS_LIMITED(T) "l.kind IN (SELECT k.kind FROM " T(kind_api) " k)"

/* The row of `wallet state` that holds at an instant, as `s`, beside the wallets. */
#define SQL_STANDING_AT(at_ms)                                             \
  " CROSS JOIN main._billing_wallet_state s ON s.wallet_id = w.wallet_id"  \
  "  AND s.at_ms = (SELECT max(n.at_ms) FROM main._billing_wallet_state n" \
  "   WHERE n.wallet_id = w.wallet_id AND n.at_ms <= " at_ms ")"

/* ---- policies ---- */

#define SQL_DAYS_MS(days) "CAST(" days " * 86400000.0 + 0.5 AS INTEGER)"
#define SQL_NOTICE_MS SQL_DAYS_MS(SQL_POLICY("lapse_notice_days", "90", "?3"))

/* The smallest purchase that pays a debt, in tokens: see wallet_balance.min_purchase. */
#define SQL_LEAST(debt, at) \
  "iif(" debt " > 0, max(" SQL_POLICY("min_purchase_tokens", "100", at) ","                      \
  " " debt " / 3600000 + (" debt " % 3600000 > 0)), 0) * 1.0"

/* ---- words ---- */

/* Tokens as a reader wants them: at most 6 decimals, none where there are none. */
#define SQL_WORD(tokens) "printf('%.15g', round(" tokens ", 6))"
#define SQL_WORD_UNITS(units) SQL_WORD("(" units ") / 3600000.0")

#define SQL_TITLE_NEGATIVE \
  "'Notice of negative balance for Autodesk Platform Services (formerly Forge)'"
#define SQL_SAY_NEGATIVE(debt, at)                                                           \
  "'Your token balance is negative. To avoid service disruption, purchase more tokens now.'" \
  " || ' Smallest purchase: ' || " SQL_WORD(SQL_LEAST(debt, at))

#define SQL_TITLE_UNCHARGED "'Uncharged usage for your Autodesk team'"
#define SQL_SAY_UNCHARGED(debt) "'Uncharged APS usage: ' || " SQL_WORD_UNITS(debt) " || ' tokens'"

/* `blocked_ms`: since when; `unblocked`: support has lifted it, or need not. */
#define SQL_TITLE_LIMITED "'Limited access'"
#define SQL_SAY_LIMITED(blocked_ms, debt, is_negative, unblocked, at) \
  "'Only free APIs can be called since ' || billing_time(" blocked_ms ") || ': ' ||"         \
  " CASE WHEN NOT " is_negative " THEN 'have support unblock the team'"                      \
  " WHEN " unblocked " THEN 'purchase ' || " SQL_WORD(SQL_LEAST(debt, at)) " || ' tokens or more'" \
  " ELSE 'purchase ' || " SQL_WORD(SQL_LEAST(debt, at))                                          \
  " || ' tokens or more, then have support unblock the team' END"
#define SQL_NO_SUPPORT(team_id, blocked_ms, at, version) \
  "(" SQL_KNOWN_POLICY("restore", "'support'", at, version) " = 'auto' OR EXISTS (SELECT 1"       \
  "  FROM " KNOWN(unblock, "team_id, unblocked_at", version) " b"                                 \
  "  WHERE b.team_id = " team_id " AND b.unblocked_at >= billing_time(" blocked_ms ")"       \
  "  AND b.unblocked_at <= " at "))"

/* A policy that an instant before a close is read by, and that may change since: SQL_POLICY. */
#define SQL_KNOWN_POLICY(name, otherwise, at, version) \
  "coalesce((SELECT p.value FROM " KNOWN(policy_change, "name, value, effective_from",      \
                                         version) " p WHERE p.name = '" name "'"            \
  "  AND p.effective_from <= " at " ORDER BY p.effective_from DESC LIMIT 1),"               \
  " (SELECT p.value FROM " KNOWN(policy, "name, value", version) " p"                       \
  "  WHERE p.name = '" name "'), " otherwise ")"

#endif
