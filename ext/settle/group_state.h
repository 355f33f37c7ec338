/*
** What the files of a group share: group.c (from deleting to the last event), group_lots.c (lots as
** facts have them), group_stored.c (the group as it is stored). Nobody else includes this header
** but open_groups.c and group_compare.c, which look after groups that stay open.
*/
#ifndef BILLING_GROUP_STATE_H
#define BILLING_GROUP_STATE_H

#include "core/future.h"
#include "facts/catalogue.h"
#include "settle/group.h"
#include "settle/meter.h"
#include "settle/writer.h"
#include "store/store.h"

#define FOREVER INT64_MAX

/*
** A lot as the closed period knows it: what is said there of its life stands, whatever the facts
** say today.
*/
struct closed_lot {
  int64_t lot_id, start_ms, end_ms, expires_ms;
  int64_t voided_ms; /* or NEVER */
};

/*
** Owned by the group: arrays of the timeline, `closed`, the meters, the writer. Borrowed: the
** store, the catalogue, which lives as long as its stamp holds, and the last three pointers.
*/
struct group {
  struct store *store;
  const struct catalogue *catalogue;
  int64_t from_ms, closed_ms;
  bool any_kept; /* a close keeps usage that had no rate */
  struct timeline timeline;
  int lot_room, event_room;
  struct closed_lot *closed; /* lots that were with some wallet before closed_ms */
  int closed_count, closed_room;
  struct meter_book meters;
  struct writer writer;
  bool stays_open; /* between statements: see open_groups.h */
  bool crossed; /* of one that stays open: the last usage changes what is written, see future.h */
  struct plan plan;     /* of one that stays open */
  sqlite3_stmt *staged; /* rows of `settling` that are still to come, or NULL */
  const char *staged_id;
  struct group_usage next; /* the first of them */
  int64_t *settled;        /* these three belong to the caller of the present statement */
  char **message;
  int *rc;
};

/* Rules of the catalogue, wallets without a state, a sink that writes: the start of every group. */
void group_prepare(struct group *group, const int64_t *wallet_ids, int count);

/* Takes what the timeline returned: sets rc and the message, or `crossed`. */
void group_check(struct group *group, enum timeline_result result, int64_t usage_id);

/* Loads the debts that are open just before from_ms, oldest first. */
void group_read_debts(struct group *group, int index);

/*
** From the instant at which policy restore becomes 'auto', a balance that is back lifts the block
** without an unblock row (Q21). Adds an event at each such instant after `after_ms`.
*/
void group_read_policies(struct group *group, int index, int64_t after_ms);

/* `lot` and `wallet` are places in the timeline, -1 for none. Events may be added in any order. */
void group_add_event(struct group *group, enum event_type type, int64_t at_ms, int lot, int wallet);
/* The place of a wallet in the timeline; -1: it is not of this group. */
int group_wallet_index(const struct group *group, int64_t wallet_id);

/* Remembers what the closed period knows of the wallet's lots, before their rows are deleted. */
void group_read_closed(struct group *group, int64_t wallet_id);

/* The lots that were bought for a wallet, with their moves: as lots, events, and stored rows. */
void group_read_lots(struct group *group, int holder);

#endif
