/*
** Closed periods, as the triggers that guard them ask.
*/
#ifndef BILLING_CLOSE_H
#define BILLING_CLOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

/* The last close of a wallet's group: of all wallets that lots tie together; NEVER when none. */
int64_t close_of_wallet(struct store *store, int64_t wallet_id, int *rc);

/* The usage is settled inside a closed period: neither it nor what it cost may change any more. */
bool close_holds_usage(struct store *store, int64_t wallet_id, int64_t usage_id,
                       int64_t occurred_ms, int *rc);

/* The lot was alive, or its move counted, before the close. */
bool close_holds_lot(struct store *store, int64_t lot_id, int64_t closed_ms, int *rc);

#endif
