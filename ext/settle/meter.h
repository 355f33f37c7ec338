/*
** Meters: usage whose price depends on what its wallet used before it (tiers, carry; D119). Only
** such usage comes here; the rest is priced when it is rated.
*/
#ifndef BILLING_METER_H
#define BILLING_METER_H

#include "facts/catalogue.h"
#include "store/store.h"

struct meter_state;

/* The meters of one group while it settles from from_ms on. Zero it, then set the first three. */
struct meter_book {
  struct store *store;
  const struct catalogue *catalogue;
  int64_t from_ms;
  bool is_stored; /* of a group that stays open: readings are stored, and usage must be the last */
  bool late;      /* then: the usage was not, and has no price here */
  struct meter_state *states;
  int count, room;
};

/*
** Price the usage for its wallet and write the reading. Usage comes in the order in which it
** counts; at_ms decides the month. False with *rc still SQLITE_OK: book->late, or the price does
** not fit 64 bits.
*/
bool meter_price(struct meter_book *book, int64_t wallet_id, int64_t usage_id, int64_t at_ms,
                 int64_t *units, int *rc);

void meter_close(struct meter_book *book);

#endif
