#include "core/late.h"

#include "core/units.h"

/*
** Lots in draw order: the first that could pay at that instant decides. Where it was used up only
** later, the late usage takes what another usage got, and the story changes.
*/
int late_candidate(const struct timeline *rules, const struct late_lot *lots, int count,
                   int64_t at_ms, int api) {
  for (int i = 0; i < count; i++) {
    const struct lot *lot = &lots[i].lot;
    if (lot->start_ms > at_ms || lot->end_ms <= at_ms) continue;
    if (!timeline_may_pay(rules, lot, api)) continue;
    if (lots[i].used_up_ms != NEVER && lots[i].used_up_ms < at_ms) continue;
    /* Where kinds are limited, something may be owed in the wallet that the lot goes to. */
    return lots[i].used_up_ms != NEVER || (rules->pays && lots[i].moves) ? -1 : i;
  }
  return -1;
}

bool late_suffices(const struct lot *lot, int64_t units) {
  return lot->units - lot->used > units;
}

bool lot_can_pay(const struct lot *lot, int64_t units) {
  return units >= 0 && units <= lot->units;
}

bool lot_has_paid(const struct lot *lot, int64_t said, int64_t late, int64_t *used) {
  int64_t sum;
  bool sound = lot_can_pay(lot, said) && lot_can_pay(lot, late) && units_add(said, late, &sum) &&
               lot_can_pay(lot, sum);
  *used = sound ? sum : 0;
  return sound;
}
