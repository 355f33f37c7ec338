/*
** The quick way: one usage that has just been inserted while autosettle is on.
**
** Nearly every usage is the latest of its wallet and finds a lot that can pay it. Then nothing has to
** be taken back: a few seeks tell where the lots stand, and one row is written. A late one that its lot
** can pay without a change for any later usage is put in its place. What is not as simple goes the
** general way of settle().
*/
#ifndef BILLING_QUICK_H
#define BILLING_QUICK_H

#include <stdbool.h>

#include "facts/rater.h"
#include "store/store.h"

struct quick;

/*
** Settle the usage if it is simple: true. False leaves everything as it was, with *rc set on an error
** and else SQLITE_OK: go the general way. `stamp` is that of billing_change now.
*/
bool quick_settle(struct store *store, int64_t stamp, const struct usage_fields *usage, int *rc);

/* Forget what the connection remembers. Takes NULL. */
void quick_free(struct quick *quick);

#endif
