/*
** What is refused because of access.
*/
#ifndef BILLING_ACCESS_GUARD_H
#define BILLING_ACCESS_GUARD_H

#include <stdbool.h>

#include "store/store.h"

/*
** May a usage (client_id, api, sku, quantity, occurred_at …) be recorded while the guard is on?
** It may where can_call() is 1. False: it is refused, and the call has failed with what to do.
** On an error *rc is set.
*/
bool guard_allows(sqlite3_context *context, sqlite3_value **usage, int *rc);

/*
** Likewise before the insert of a usage (client_id … source_id) whose key a row has; it is noted
** in the store.
*/
bool guard_allows_again(sqlite3_context *context, sqlite3_value **usage, int *rc);

/* Statements that several files read. */
extern const char sql_names_of_wallet[];

#endif
