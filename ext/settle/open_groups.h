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
** Settle the usage, which has just been inserted, true; or leave it to settle() from its instant
** on, false: it comes before usage that is stored and changes more than one lot's sum, or it takes
** what a written payment needs. With an error *rc is set, and *message may be (sqlite3_free()).
** `stamp`: see catalogue_of_stamp().
*/
bool open_groups_settle(struct store *store, int64_t stamp, const struct usage_fields *usage,
                        char **message, int *rc);

/* Drop the group that a wallet is in, for what is stored of it is about to change. */
void open_groups_drop(struct store *store, int64_t wallet_id);

#endif
