#include <string.h>

#include "core/units.h"
#include "store/show.h"
#include "tables/explain.h"
#include "tables/reading_parts.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

/*
** The lots with wallet ?1 at ?2, those that were alive first, in draw order: what each had paid
** before usage ?3, and paid for it. ?4 is the api. Of a closed period, ?5, those that it knows.
*/
#define SQL_EXPLAIN_LOTS(T) \
  "SELECT l.lot_id, l.kind, l.units, " SQL_EXPIRES_MS ", " SQL_VOIDED_MS ", " SQL_START_MS        \
  " AS begins_ms, " SQL_END_MS " AS ends_ms,"                                                     \
  " ifnull((SELECT p.lot_used + " SQL_LATE_UNITS("l", "p.charged_ms")                             \
  "  FROM main.ledger_entry p WHERE p.lot_id = l.lot_id"                                          \
  "  AND p.charged_ms <= ?2 AND (p.charged_ms < ?2 OR p.is_offset OR p.usage_id < ?3)"            \
  "  ORDER BY p.charged_ms DESC, p.lot_used DESC LIMIT 1), 0),"                                   \
  " ifnull((SELECT e.units FROM main.ledger_entry e WHERE e.lot_id = l.lot_id"                    \
  "  AND e.charged_ms = ?2 AND e.usage_id = ?3 AND e.is_offset = 0), 0),"                         \
  " " SQL_MAY_PAY_OF(T, "l.kind", "?4")                                                           \
  " FROM main._billing_holding s CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id"   \
  SQL_KNOWN_LIFE("?2")                                                                            \
  " LEFT JOIN " T(token_kind) " r ON r.kind = l.kind"                                             \
  " WHERE s.wallet_id = ?1 AND s.from_ms <= ?2 AND ?2 < s.to_ms AND " SQL_KNOWN_LOT("?5")         \
  " ORDER BY begins_ms <= ?2 AND ?2 < ends_ms DESC, r.rank,"                                      \
  "  " SQL_EXPIRES_MS ", l.units, l.purchased_ms, l.lot_id"

static const char *const sql_explain_lots[] = {SQL_EXPLAIN_LOTS(NOW), SQL_EXPLAIN_LOTS(THEN)};

/* Usage ?3 of api ?4 that counted at ?2: its first debt, price, present debt. */
static const char sql_explain_debt[] =
    "SELECT f.units, f.rated, d.units, " SQL_REASON("f", "?4")
          " FROM main._billing_debt f CROSS JOIN main._billing_debt d"
          " ON d.wallet_id = f.wallet_id AND d.at_ms = f.at_ms AND d.usage_id = f.usage_id"
          " WHERE f.wallet_id = ?1 AND f.at_ms = ?2 AND f.usage_id = ?3 AND f.since_ms = f.at_ms"
          " ORDER BY d.since_ms DESC LIMIT 1";

static const char sql_explain_offsets[] =
    "SELECT e.lot_id, e.charged_ms, e.units, d.units, s.from_ms > l.start_ms"
    " FROM main._billing_debt d CROSS JOIN main._billing_holding s ON s.wallet_id = d.wallet_id"
    "  AND s.from_ms <= d.since_ms AND d.since_ms < s.to_ms"
    " CROSS JOIN main.ledger_entry e ON e.lot_id = s.lot_id AND e.charged_ms = d.since_ms"
    "  AND e.usage_id = d.usage_id AND e.is_offset"
    " CROSS JOIN main._billing_settled_lot l ON l.lot_id = e.lot_id"
    " WHERE d.wallet_id = ?1 AND d.at_ms = ?2 AND d.usage_id = ?3 AND d.since_ms > d.at_ms"
    " ORDER BY d.since_ms, e.part";

enum { LOT_ID, KIND, UNITS, EXPIRES_MS, VOIDED_MS, START_MS, END_MS, USED_BEFORE, DRAWN, MAY_PAY };

static sqlite3_str *name_lot(struct explain *explain, int64_t lot_id) {
  sqlite3_str *subject = explain_text(explain);
  sqlite3_str_appendf(subject, "lot %lld", (long long)lot_id);
  return subject;
}

/* ---- lots, in draw order ---- */

/* A lot that was over by then: how it ended. */
static void append_end(sqlite3_str *reason, sqlite3_stmt *lot) {
  int64_t end_ms = sqlite3_column_int64(lot, END_MS);
  const char *how = "ended with the subscription at ";
  if (end_ms == sqlite3_column_int64(lot, EXPIRES_MS)) {
    how = "lapsed at ";
  } else if (sqlite3_column_type(lot, VOIDED_MS) != SQLITE_NULL &&
             sqlite3_column_int64(lot, VOIDED_MS) <= end_ms) {
    how = "void since ";
  }
  sqlite3_str_appendall(reason, how);
  show_time(reason, end_ms);
}

static void append_lot(struct explain *explain, sqlite3_str *reason, sqlite3_stmt *lot) {
  int64_t at_ms = explain->counted_ms;
  int64_t start_ms = sqlite3_column_int64(lot, START_MS);
  int64_t left = explain_minus(explain, sqlite3_column_int64(lot, UNITS),
                               sqlite3_column_int64(lot, USED_BEFORE));
  show_column(reason, lot, KIND);
  sqlite3_str_appendall(reason, ": ");
  if (sqlite3_column_int64(lot, DRAWN) > 0) {
    sqlite3_str_appendall(reason, "drawn, ");
    show_tokens(reason, left);
    sqlite3_str_appendall(reason,
                          left == UNITS_PER_TOKEN ? " was left before" : " were left before");
  } else if (start_ms >= sqlite3_column_int64(lot, END_MS)) {
    sqlite3_str_appendall(reason, "never alive: its kind is not sold there in its time");
  } else if (at_ms < start_ms) {
    sqlite3_str_appendall(reason, "not alive yet, it waits until ");
    show_time(reason, start_ms);
  } else if (at_ms >= sqlite3_column_int64(lot, END_MS)) {
    append_end(reason, lot);
  } else if (!sqlite3_column_int(lot, MAY_PAY)) {
    sqlite3_str_appendall(reason, "does not pay this api (kind_api)");
  } else if (left == 0) {
    sqlite3_str_appendall(reason, "empty");
  } else {
    sqlite3_str_appendall(reason, "not needed, ");
    show_tokens(reason, left);
    sqlite3_str_appendall(reason, left == UNITS_PER_TOKEN ? " was left" : " were left");
  }
}

/* Returns what they paid at once. */
static int64_t tell_lots(struct explain *explain) {
  sqlite3_stmt *lot = explain_take(explain, sql_explain_lots);
  int64_t paid = 0;
  if (lot) {
    sqlite3_bind_int64(lot, 1, explain->wallet_id);
    sqlite3_bind_int64(lot, 2, explain->counted_ms);
    sqlite3_bind_int64(lot, 3, explain->usage_id);
    sqlite3_bind_value(lot, 4, sqlite3_column_value(explain->usage, U_API_NAME));
    if (explain->version) sqlite3_bind_int64(lot, 5, explain->closed_ms);
  }
  while (store_row(lot, &explain->rc)) {
    int64_t drawn = sqlite3_column_int64(lot, DRAWN);
    sqlite3_str *reason = explain_text(explain);
    append_lot(explain, reason, lot);
    paid = explain_minus(explain, paid, explain_minus(explain, 0, drawn));
    explain_add(explain, "lot", name_lot(explain, sqlite3_column_int64(lot, LOT_ID)), drawn,
                drawn > 0 ? explain->counted_ms : NEVER, reason);
  }
  explain_put(explain, sql_explain_lots, lot);
  return paid;
}

/* ---- debt and what paid it later ---- */

/* uncharged_usage.reason, and what it means. */
static void append_why(sqlite3_str *reason, sqlite3_stmt *debt) {
  const char *why = (const char *)sqlite3_column_text(debt, 3);
  if (!why) return;
  sqlite3_str_appendall(reason, why);
  if (strcmp(why, "no lots") == 0) {
    sqlite3_str_appendall(reason, ": the team never had one that may pay it");
  } else if (strcmp(why, "expired") == 0) {
    sqlite3_str_appendall(reason, ": all lots that may pay it had ended");
  } else {
    sqlite3_str_appendall(reason, ": the lots that were alive did not suffice");
  }
}

static void tell_offsets(struct explain *explain) {
  sqlite3_stmt *row = store_take(explain->store, sql_explain_offsets, &explain->rc);
  if (row) {
    sqlite3_bind_int64(row, 1, explain->wallet_id);
    sqlite3_bind_int64(row, 2, explain->counted_ms);
    sqlite3_bind_int64(row, 3, explain->usage_id);
  }
  while (store_row(row, &explain->rc)) {
    sqlite3_str *reason = explain_text(explain);
    int64_t open = sqlite3_column_int64(row, 3);
    sqlite3_str_appendall(reason, sqlite3_column_int(row, 4) ? "moved here, it pays debts first"
                                                             : "new, it pays debts first");
    if (open > 0) {
      sqlite3_str_appendall(reason, "; open are ");
      show_tokens(reason, open);
    }
    explain_add(explain, "offset", name_lot(explain, sqlite3_column_int64(row, 0)),
                sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 1), reason);
  }
  store_put(explain->store, sql_explain_offsets, row, &explain->rc);
}

static void tell_result(struct explain *explain, int64_t rated, int64_t open) {
  sqlite3_str *subject = explain_text(explain), *reason = explain_text(explain);
  sqlite3_str_appendall(subject, open == 0 ? "charged" : open == rated ? "uncharged" : "partial");
  show_tokens(reason, explain_minus(explain, rated, open));
  sqlite3_str_appendall(reason, " charged, ");
  show_tokens(reason, open);
  sqlite3_str_appendall(reason, " uncharged");
  explain_add(explain, "result", subject, rated, NEVER, reason);
}

void explain_payment(struct explain *explain) {
  int64_t rated = tell_lots(explain), open = 0;
  sqlite3_stmt *debt = store_take(explain->store, sql_explain_debt, &explain->rc);
  if (debt) {
    sqlite3_bind_int64(debt, 1, explain->wallet_id);
    sqlite3_bind_int64(debt, 2, explain->counted_ms);
    sqlite3_bind_int64(debt, 3, explain->usage_id);
    sqlite3_bind_value(debt, 4, sqlite3_column_value(explain->usage, U_API_NAME));
  }
  if (store_row(debt, &explain->rc)) {
    sqlite3_str *reason = explain_text(explain);
    rated = sqlite3_column_int64(debt, 1);
    open = sqlite3_column_int64(debt, 2);
    append_why(reason, debt);
    explain_add(explain, "debt", NULL, sqlite3_column_int64(debt, 0), explain->counted_ms, reason);
    tell_offsets(explain);
  }
  store_put(explain->store, sql_explain_debt, debt, &explain->rc);
  tell_result(explain, rated, open);
}
