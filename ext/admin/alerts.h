/*
** What settling calls for the outbox; the entry point hands it to the store.
*/
#ifndef BILLING_ALERTS_H
#define BILLING_ALERTS_H

#include "store/store.h"

/*
** Bring the team's rows of alert_outbox up to what holds; `past`: any part of its history may have
** changed.
*/
void alerts_settled(struct store *store, int64_t wallet_id, int past, int *rc);

#endif
