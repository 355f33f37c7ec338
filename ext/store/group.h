/*
** One group of wallets: taken back from an instant on, loaded as it stood before, told anew.
*/
#ifndef BILLING_GROUP_H
#define BILLING_GROUP_H

#include <stdint.h>

#include "store/catalogue.h"
#include "store/store.h"

/*
** Settle `count` wallets from `from_ms` on. Their usage at or after from_ms is in `settling`.
** `closed_ms`: what is stored before it is final (from_ms is not before it), and facts of an earlier
** time that are not in it yet count at that instant; NEVER when no period is closed.
** *settled grows by the usage rows that were allocated. *message: see settle().
*/
void group_settle(struct store *store, const struct catalogue *catalogue,
                  const int64_t *wallet_ids, int count, int64_t from_ms, int64_t closed_ms,
                  int64_t *settled, char **message, int *rc);

#endif
