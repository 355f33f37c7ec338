/*
** usage_import: a table to INSERT into whose rows are judged one by one. A good one becomes usage,
** a bad one lands in usage_reject, with the reason that an INSERT into usage gives.
*/
#ifndef BILLING_USAGE_IMPORT_H
#define BILLING_USAGE_IMPORT_H

#include "store/store.h"

/* Without a store it removes the module. */
int usage_import_register(sqlite3 *db, struct store *store);

#endif
