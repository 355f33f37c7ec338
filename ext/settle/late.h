/*
** A late usage put in its place, without settling again what comes after it.
**
** Either one lot has paid that much more from there on (core/late.h). That takes one entry and the
** lot's late units, however many entries come after it (late_units.h). Or the usage is one debt
** among others that are not paid, and the states of its wallet after it owe that much more.
*/
#ifndef BILLING_SETTLE_LATE_H
#define BILLING_SETTLE_LATE_H

#include <stdbool.h>

#include "core/timeline.h"
#include "settle/group.h"
#include "settle/group_stored.h"

/*
** True, with *debt: the usage is one more debt that nothing stored ever pays, and it is written.
** False with *rc unset: it may be something else, and nothing is written.
*/
bool late_owe(const struct stored_place *place, const struct group_usage *usage, struct debt *debt,
              int *rc);

/* Which lot has paid. A group that stays open has to take it over, or be dropped. */
struct late_payment {
  int64_t lot_id;
  bool is_last; /* no entry of the lot is later: its late units stay as they were */
  bool moves;   /* the lot is with another wallet later */
};

/*
** True, with *payment: the lot has paid, and all is written. False with *rc unset: settle() has to
** look at what comes after the usage, and nothing is written.
*/
bool late_settle(const struct stored_place *place, const struct group_usage *usage,
                 struct late_payment *payment, int *rc);

#endif
