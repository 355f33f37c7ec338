/*
** Whether what is stored agrees with the facts, for billing_check: see check_pass.h.
*/
#ifndef BILLING_CHECK_LEDGER_H
#define BILLING_CHECK_LEDGER_H

#include <stdbool.h>

#include "facts/rater.h"
#include "store/id_set.h"
#include "tables/check_sum.h"
#include "tables/check_usage.h"

struct check_ledger {
  struct store *store;
  struct rater rater;
  bool settled;    /* nothing is pending: the facts can be compared */
  int64_t *closes; /* the instants of all closes, in order */
  int close_count;
  struct id_set unrated; /* usage that is listed as such, whatever the rates are by now */
  struct id_set closed;  /* usage before the last close: it has the price of its time */
  struct id_set metered; /* its price depends on what its wallet used before */
  struct check_sum sum;  /* 0 at the end: what is stored is what is to be */
  struct check_sum owed; /* 0 at the end: wallets owe what their usage does */
  int64_t entry_count;
  bool any_parts; /* some usage has several entries */
  int doubts;
};

void check_ledger_open(struct check_ledger *ledger, struct store *store, int *rc);
void check_ledger_close(struct check_ledger *ledger);

/* What the facts say of a row. */
void check_ledger_usage(struct check_ledger *ledger, const struct check_row *row, int *rc);

/* After all usage: what is stored. */
void check_ledger_stored(struct check_ledger *ledger, int *rc);

#endif
