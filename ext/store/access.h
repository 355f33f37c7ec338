/*
** Access of a wallet as of any instant, from what is stored.
*/
#ifndef BILLING_STORE_ACCESS_H
#define BILLING_STORE_ACCESS_H

#include "core/access.h"
#include "store/store.h"

/* Standing and access of a wallet at an instant. A wallet without account or team: no terms. */
enum access store_access(struct store *store, int64_t wallet_id, int64_t at_ms,
                         struct standing *standing, int *rc);

#endif
