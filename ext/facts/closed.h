/*
** Closed periods, as the triggers that guard them ask.
*/
#ifndef BILLING_CLOSE_H
#define BILLING_CLOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

/* The last close of a wallet's own team; NEVER when none. */
int64_t close_of_team(struct store *store, int64_t wallet_id, int *rc);

/* The last close of a wallet's group: of all wallets that lots tie together; NEVER when none. */
int64_t close_of_wallet(struct store *store, int64_t wallet_id, int *rc);

/*
** Where a usage stands as last settled: returns the instant at which it counts, with *wallet_id. It
** is its own, or a close that it came too late for; the payer's wallet (0: none) is the likely one.
** *wallet_id 0: it stands nowhere.
*/
int64_t close_find_usage(struct store *store, int64_t payer_id, int64_t usage_id,
                         int64_t occurred_ms, int64_t *wallet_id, int *rc);

/*
** The wallet whose closed period holds the usage, with the instant at which it counts in
** *counted_ms: neither it nor what it cost may change any more. 0: none. `payer_id` is the likely
** one, or 0.
*/
int64_t close_holder(struct store *store, int64_t payer_id, int64_t usage_id, int64_t occurred_ms,
                     int64_t *counted_ms, int *rc);

/* The move counted inside a closed period. One that was recorded later counts at the close. */
bool close_holds_move(struct store *store, int64_t wallet_id, int64_t lot_id, int64_t moved_ms,
                      int *rc);

/* The lot was alive before the close, or over. */
bool close_holds_lot(struct store *store, int64_t lot_id, int64_t closed_ms, int *rc);

/*
** Keeps, or drops, for each wallet of the group what its last close says: rows of
** _billing_closed_….
*/
void close_keep_group(struct store *store, int64_t wallet_id, int *rc);

/*
** The same for a wallet whose last close is known; NEVER: it keeps nothing. `version`: of the facts
** that the close keeps, see known.h.
*/
void close_keep_wallet(struct store *store, int64_t wallet_id, int64_t closed_ms, int64_t version,
                       int *rc);

/* Statements that several files read. */
extern const char sql_neighbours[];
extern const char sql_closed_until[];
extern const char sql_closed_any[];

#endif
