/*
** settlement: the table that settles what is inserted.
*/
#ifndef BILLING_ADMIN_SETTLEMENT_H
#define BILLING_ADMIN_SETTLEMENT_H

#include "store/store.h"

/* Without a store it removes the module. */
int settlement_register(sqlite3 *db, struct store *store);

#endif
