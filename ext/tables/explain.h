/*
** What the parts of explain_charge share. Each part adds steps: a row, in words.
*/
#ifndef BILLING_EXPLAIN_H
#define BILLING_EXPLAIN_H

#include "core/access.h"
#include "tables/query_table.h"

#define NO_UNITS INT64_MIN

struct explain_step {
  int64_t usage_id;
  int step;
  const char *what;
  char *subject; /* owned; NULL: none */
  char *reason;  /* owned */
  int64_t units; /* or NO_UNITS */
  int64_t at_ms; /* or NEVER */
};

/* One usage being explained. */
struct explain {
  struct query_cursor *cursor;
  struct store *store;
  sqlite3_stmt *usage; /* row of sql_explain_usage; the columns below */
  int64_t usage_id, occurred_ms;
  /* Where it stands as last settled: with this wallet, at this instant; wallet 0: nowhere. */
  int64_t wallet_id, counted_ms;
  const char *status; /* 'free' 'trial' 'excluded', or NULL: priced */
  /*
  ** A close holds it: what explains it is of the facts as that close found them, see facts/known.h.
  ** 0: the facts as they are.
  */
  int64_t version, closed_ms;
  int rc;
};

enum explain_column {
  U_USAGE_ID,
  U_CLIENT,
  U_API,
  U_SKU,
  U_QUANTITY,
  U_OCCURRED_AT,
  U_OUTCOME,
  U_OCCURRED_MS,
  U_API_NAME,
  U_SKU_NAME
};

/* Text under construction. */
sqlite3_str *explain_text(struct explain *explain);

/* Adds a step; takes `subject` (may be NULL) and `reason`, which are finished here. */
void explain_add(struct explain *explain, const char *what, sqlite3_str *subject, int64_t units,
                 int64_t at_ms, sqlite3_str *reason);

/* a - b of stored amounts; 0 and an error where it does not fit, as only a damaged file has it. */
int64_t explain_minus(struct explain *explain, int64_t a, int64_t b);

/*
** Borrow the one of two statements, about facts as they are or as a close found them, that explains
** the usage; it is given back with explain_put().
*/
sqlite3_stmt *explain_take(struct explain *explain, const char *const sql[2]);
void explain_put(struct explain *explain, const char *const sql[2], sqlite3_stmt *statement);

/* Names, rate and outcome: what the usage costs by the facts. */
void explain_names(struct explain *explain);
void explain_price(struct explain *explain);

/* Lots, debt and offsets: how it was paid. Returns what was charged and what is open. */
void explain_payment(struct explain *explain);

#endif
