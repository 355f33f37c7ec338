/*
** One settlement in progress: what settle.c, marks.c and staging.c share. It lives on the stack of
** settle(); its functions do nothing once *rc is set, so callers check at the end.
*/
#ifndef BILLING_SETTLEMENT_H
#define BILLING_SETTLEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/access.h"
#include "settle/group.h"
#include "facts/rater.h"
#include "store/store.h"

#define NOT_YET INT64_MAX

#define NO_GROUP (-1)

/* A wallet that takes part. */
struct marked_wallet {
  int64_t wallet_id;
  int64_t from_ms;     /* its own mark */
  int64_t gathered_ms; /* its stored usage is in `settling` from there on */
  int group;           /* or NO_GROUP: not grouped yet */
};

/* What holds for all wallets of a group: the last close of any of them is that of all. */
struct group_marks {
  int64_t from_ms;   /* the earliest mark; NOT_YET: nothing to do */
  int64_t closed_ms; /* or NEVER: nothing before it is settled again */
};

/* The instant from which a group is settled; NOT_YET: it is not. */
static inline int64_t group_start(const struct group_marks *group) {
  return group_counts_at(group->from_ms, group->closed_ms);
}

struct settlement {
  struct store *store;
  struct rater rater;
  struct marked_wallet *marked; /* in the order in which they came */
  int count, room;
  struct map places;          /* of wallets in `marked`, see marks.c */
  struct group_marks *groups; /* by number */
  int group_count, group_room;
  bool limited; /* settle(team_id): only wallets that are marked already */
  int64_t settled;
  char **message;
  int *rc;
};

/* ---- marks.c ---- */

/* NULL: it does not take part. The pointer is valid until the next wallet joins. */
struct marked_wallet *marked_find(const struct settlement *settlement, int64_t wallet_id);

/* Settle the wallet from from_ms on, at the latest. */
void mark_wallet(struct settlement *settlement, int64_t wallet_id, int64_t from_ms);

/* The wallet as one that takes part, in a group; NULL on failure. */
struct marked_wallet *marked_join(struct settlement *settlement, int64_t wallet_id);

/* Put a wallet and all that lots tie it to into a new group. */
void mark_group(struct settlement *settlement, int64_t wallet_id);

/* Group all of them; the earliest mark of each group is that of all its wallets. */
void marks_form_groups(struct settlement *settlement);

void marks_free(struct settlement *settlement);

/* ---- price_marks.c ---- */

/*
** Mark the wallets whose usage the changes of the price list may touch (_billing_pending_price),
** among the usage rows up to `upto`: those above are settled anyhow.
*/
void price_marks_apply(struct settlement *settlement, int64_t upto);

/* ---- settle.c ---- */

/* In _billing_pending_wallet: ?1 wallet, ?2 from when. */
extern const char sql_mark_add[];

/* Note a usage that no payer or no rate covers. */
void settlement_add_unrated(struct settlement *settlement, const struct rated_usage *rated);

/* Rate what is stored for a wallet from an instant on into `settling`. */
void settlement_gather(struct settlement *settlement, int64_t wallet_id, int64_t from_ms);

/* Run a statement whose one parameter is `value`. */
void settlement_run_with(struct settlement *settlement, const char *id, int64_t value);

/* ---- staging.c ---- */

/*
** Settle all groups that are marked, and the usage rows above `upto`; EVERY_ROW: there are none.
** What is stored from the marks on has been gathered.
*/
void settle_groups(struct settlement *settlement, int64_t upto);

#endif
