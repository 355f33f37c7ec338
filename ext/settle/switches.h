/*
** The switches of billing_setting, as store->switches holds them. Setting one changes the stamp of
** _billing_change.
*/
#ifndef BILLING_SWITCHES_H
#define BILLING_SWITCHES_H

#include "store/store.h"

/* Read them, unless they were read at this stamp. */
void switches_at(struct store *store, int64_t stamp, int *rc);

/* Read them. */
void switches_read(struct store *store, int *rc);

#endif
