/*
** Groups kept open between statements, for usage that is settled when it is inserted.
**
** A group kept open affects cost, never meaning: it stands where a group that is loaded now would
** stand. It is dropped when facts change (the stamp), when another connection commits, when
** something is rolled back, and when settle() opens one of its wallets. make DEBUG_GROUPS=1 builds
** an extension that compares it with a fresh load before each use.
*/
#ifndef BILLING_OPEN_GROUPS_H
#define BILLING_OPEN_GROUPS_H

#include <stdbool.h>

#include "facts/rater.h"
#include "store/store.h"

/*
** True: the usage, which has just been inserted, is settled. False: settle() has to do it from its
** instant on, since it comes before usage that is stored and changes more than one lot's sum, or
** takes what a payment that is written ahead needs. With an error *rc is set, and *message may be
** (sqlite3_free()). `stamp`: see catalogue_of_stamp().
*/
bool open_groups_settle(struct store *store, int64_t stamp, const struct usage_fields *usage,
                        char **message, int *rc);

/* Drops the group that a wallet is in. Call it before anything stored of the wallet changes. */
void open_groups_drop(struct store *store, int64_t wallet_id);

#endif
