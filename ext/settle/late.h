/*
** A late usage put in its place by one shift: its lot has paid that much more from there on
** (core/late.h).
*/
#ifndef BILLING_SETTLE_LATE_H
#define BILLING_SETTLE_LATE_H

#include <stdbool.h>

#include "settle/group.h"
#include "settle/group_stored.h"

/*
** True, with *lot_id, when that was enough; false with *rc unset: settle() has to look at what
** comes after the usage, and nothing is written.
*/
bool late_settle(const struct stored_place *place, const struct group_usage *usage, int64_t *lot_id,
                 int *rc);

#endif
