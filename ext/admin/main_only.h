/*
** billing_main: a table without rows that can be connected in main alone (sql/doors/attached.sql).
*/
#ifndef BILLING_MAIN_ONLY_H
#define BILLING_MAIN_ONLY_H

#include "store/store.h"

/* Without a store it removes the module. */
int main_only_register(sqlite3 *db, struct store *store);

#endif
