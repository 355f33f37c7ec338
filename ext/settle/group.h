/*
** One group of wallets that lots tie together by moving: deletes what is stored from an instant on,
** loads the state before it, replays (group.c). Instants are milliseconds since 1970, amounts are
** units of 1 / 3,600,000 token.
**
** Errors: `rc` points to the caller's result code. A function that finds it set does nothing; the
** first error stays. The transaction has to be undone then, as some rows are deleted already.
*/
#ifndef BILLING_GROUP_H
#define BILLING_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "facts/catalogue.h"
#include "facts/rater.h"
#include "store/store.h"

/* A rated usage on its way to its group. */
struct group_usage {
  int64_t wallet_id, occurred_ms, usage_id, units;
  int api_index;
  enum usage_class class; /* neither unrated nor unassigned */
};

struct group;

/*
** Open `count` wallets to settle them from `from_ms` on. `closed_ms`: what is stored before it is
** final (from_ms is not before it), and facts of an earlier time that are not in it yet count at
** that instant; NEVER when no period is closed. *settled grows by the usage rows that are settled.
** *message: see settle(). The pointers stay in use until group_close().
*/
struct group *group_open(struct store *store, const struct catalogue *catalogue,
                         const int64_t *wallet_ids, int count, int64_t from_ms, int64_t closed_ms,
                         int64_t *settled, char **message, int *rc);

/*
** Settle a usage at or after from_ms; usage comes in the order of (instant at which it counts,
** usage_id). What `settling` holds for the group is merged in.
*/
void group_settle(struct group *group, const struct group_usage *usage);

/* Settle the rest of `settling`, let later events happen, free. Takes NULL. */
void group_close(struct group *group);

/*
** Settle one usage in a group that stays open (group_stored.h); it must be later than all that is
** stored of the group. False: it changes what is written, and settle() has to write it from the
** usage's instant on. After that, or an error, the group must be freed.
*/
bool group_insert(struct group *group, const struct group_usage *usage, char **message, int *rc);

/* Free without settling anything. Takes NULL. */
void group_free(struct group *group);

/* The instant at which something of `at_ms` counts. */
static inline int64_t group_counts_at(int64_t at_ms, int64_t closed_ms) {
  return at_ms < closed_ms ? closed_ms : at_ms;
}

#endif
