#include <stddef.h>

#include "store/show.h"
#include "tables/explain.h"

SQLITE_EXTENSION_INIT3

enum { LOT_ID, KIND, UNITS, EXPIRES_MS, VOIDED_MS, START_MS, END_MS, USED_BEFORE, DRAWN, MAY_PAY };

/* What the lots say of a usage that they did not pay in full. */
struct tally {
  int64_t paid;
  bool alive, ended; /* a lot that may pay it was alive then; one had ended */
};

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

static void append_lot(sqlite3_str *reason, sqlite3_stmt *lot, int64_t at_ms) {
  int64_t start_ms = sqlite3_column_int64(lot, START_MS);
  int64_t left = sqlite3_column_int64(lot, UNITS) - sqlite3_column_int64(lot, USED_BEFORE);
  show_column(reason, lot, KIND);
  sqlite3_str_appendall(reason, ": ");
  if (start_ms >= sqlite3_column_int64(lot, END_MS)) {
    sqlite3_str_appendall(reason, "never alive: its kind is not sold there in its time");
  } else if (at_ms < start_ms) {
    sqlite3_str_appendall(reason, "not alive yet, it waits until ");
    show_time(reason, start_ms);
  } else if (at_ms >= sqlite3_column_int64(lot, END_MS)) {
    append_end(reason, lot);
  } else if (!sqlite3_column_int(lot, MAY_PAY)) {
    sqlite3_str_appendall(reason, "this kind does not pay this api (kind_api)");
  } else if (left == 0) {
    sqlite3_str_appendall(reason, "empty, it had paid all that it has");
  } else if (sqlite3_column_int64(lot, DRAWN) > 0) {
    sqlite3_str_appendall(reason, "drawn from the ");
    show_tokens(reason, left);
    sqlite3_str_appendall(reason, " that were left");
  } else {
    sqlite3_str_appendall(reason, "not needed, ");
    show_tokens(reason, left);
    sqlite3_str_appendall(reason, " were left");
  }
}

static void tally_lot(struct tally *tally, sqlite3_stmt *lot, int64_t at_ms) {
  int64_t start_ms = sqlite3_column_int64(lot, START_MS);
  int64_t end_ms = sqlite3_column_int64(lot, END_MS);
  tally->paid += sqlite3_column_int64(lot, DRAWN);
  if (!sqlite3_column_int(lot, MAY_PAY) || at_ms < start_ms || start_ms >= end_ms) return;
  if (at_ms < end_ms) tally->alive = true;
  if (at_ms >= end_ms) tally->ended = true;
}

static void tell_lots(struct explain *explain, struct tally *tally) {
  sqlite3_stmt *lot = store_take(explain->store, EXPLAIN_LOTS, &explain->rc);
  if (lot) {
    sqlite3_bind_int64(lot, 1, explain->wallet_id);
    sqlite3_bind_int64(lot, 2, explain->counted_ms);
    sqlite3_bind_int64(lot, 3, explain->usage_id);
    sqlite3_bind_value(lot, 4, sqlite3_column_value(explain->usage, U_API_NAME));
  }
  while (store_row(lot, &explain->rc)) {
    int64_t drawn = sqlite3_column_int64(lot, DRAWN);
    sqlite3_str *reason = explain_text(explain);
    append_lot(reason, lot, explain->counted_ms);
    tally_lot(tally, lot, explain->counted_ms);
    explain_add(explain, "lot", name_lot(explain, sqlite3_column_int64(lot, LOT_ID)), drawn,
                drawn > 0 ? explain->counted_ms : NEVER, reason);
  }
  store_put(explain->store, EXPLAIN_LOTS, lot, &explain->rc);
}

/* ---- debt and what paid it later ---- */

/* As uncharged_usage.reason has it. */
static const char *why_uncharged(const struct tally *tally) {
  if (tally->alive) return "exceeded: what was alive did not suffice, the rest is uncharged";
  if (tally->ended) return "expired: all lots that may pay it had lapsed, so it is uncharged";
  return "no lots: the team had none that may pay it, so it is uncharged";
}

static void tell_offsets(struct explain *explain) {
  sqlite3_stmt *row = store_take(explain->store, EXPLAIN_OFFSETS, &explain->rc);
  if (row) {
    sqlite3_bind_int64(row, 1, explain->wallet_id);
    sqlite3_bind_int64(row, 2, explain->counted_ms);
    sqlite3_bind_int64(row, 3, explain->usage_id);
  }
  while (store_row(row, &explain->rc)) {
    sqlite3_str *reason = explain_text(explain);
    int64_t open = sqlite3_column_int64(row, 3);
    sqlite3_str_appendall(reason, sqlite3_column_int(row, 4) ? "moved to the team then"
                                                             : "bought then");
    sqlite3_str_appendall(reason, ", a lot pays open debts first, oldest usage first");
    if (open > 0) {
      sqlite3_str_appendall(reason, "; still uncharged: ");
      show_tokens(reason, open);
    }
    explain_add(explain, "offset", name_lot(explain, sqlite3_column_int64(row, 0)),
                sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 1), reason);
  }
  store_put(explain->store, EXPLAIN_OFFSETS, row, &explain->rc);
}

static void tell_result(struct explain *explain, int64_t rated, int64_t open) {
  sqlite3_str *subject = explain_text(explain), *reason = explain_text(explain);
  sqlite3_str_appendall(subject,
                        open == 0 ? "charged" : open == rated ? "uncharged" : "partial");
  show_tokens(reason, rated - open);
  sqlite3_str_appendall(reason, " charged, ");
  show_tokens(reason, open);
  sqlite3_str_appendall(reason, " uncharged");
  explain_add(explain, "result", subject, rated, NEVER, reason);
}

void explain_payment(struct explain *explain) {
  struct tally tally = {0, false, false};
  sqlite3_stmt *debt;
  int64_t rated, open = 0;
  tell_lots(explain, &tally);
  rated = tally.paid;
  debt = store_take(explain->store, EXPLAIN_DEBT, &explain->rc);
  if (debt) {
    sqlite3_bind_int64(debt, 1, explain->wallet_id);
    sqlite3_bind_int64(debt, 2, explain->counted_ms);
    sqlite3_bind_int64(debt, 3, explain->usage_id);
  }
  if (store_row(debt, &explain->rc)) {
    sqlite3_str *reason = explain_text(explain);
    rated = sqlite3_column_int64(debt, 1);
    open = sqlite3_column_int64(debt, 2);
    sqlite3_str_appendall(reason, why_uncharged(&tally));
    explain_add(explain, "debt", NULL, sqlite3_column_int64(debt, 0), explain->counted_ms, reason);
  }
  store_put(explain->store, EXPLAIN_DEBT, debt, &explain->rc);
  tell_offsets(explain);
  tell_result(explain, rated, open);
}
