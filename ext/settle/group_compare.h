/*
** Compares a group that was kept open with one that is loaded now; only in a build with
** DEBUG_GROUPS=1.
*/
#ifndef BILLING_GROUP_COMPARE_H
#define BILLING_GROUP_COMPARE_H

#include <stdbool.h>

#include "settle/group_state.h"

/*
** True when `kept` would go on as `fresh` does, which stands at the same usage. Wallets that no
** coming move ties any longer may be in `kept` alone.
*/
bool group_same(const struct group *kept, const struct group *fresh);

#endif
