/*
** Late usage: which lot takes it without a change for any other usage.
**
** A lot that has units left at its end had some all the while. Then its wallet owed nothing, every
** later usage finds what it found, and one payment more changes only how much the lot has paid from
** there on.
*/
#ifndef BILLING_LATE_H
#define BILLING_LATE_H

#include "core/timeline.h"

/*
** A lot that was with the usage's wallet at the instant of the usage. `lot.used` is that at its
** end.
*/
struct late_lot {
  struct lot lot;
  int64_t used_up_ms; /* when nothing was left, or NEVER */
  bool moves;         /* it is with another wallet later */
};

/*
** The index of the one lot that could pay, in draw order, or -1. Lots before it were used up by
** then. Its `used` may be unknown yet; see late_suffices().
*/
int late_candidate(const struct timeline *rules, const struct late_lot *lots, int count,
                   int64_t at_ms, int api);

/*
** It has more than enough left at its end: with nothing left it would be used up at another
** instant.
*/
bool late_suffices(const struct lot *lot, int64_t units);

/* Whether the lot can have paid an amount at all; another one was not written by settling. */
bool lot_can_pay(const struct lot *lot, int64_t units);

/*
** What a lot has paid with an entry: what the entry says, and what came late before it. False when
** one of these can't be; then *used is 0.
*/
bool lot_has_paid(const struct lot *lot, int64_t said, int64_t late, int64_t *used);

#endif
