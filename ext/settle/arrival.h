/*
** The check of a usage row that arrives, before it is written (see arrival.c).
*/
#ifndef BILLING_ARRIVAL_H
#define BILLING_ARRIVAL_H

#include "sqlite3ext.h"

struct store;

/*
** `values`: the stamp of the facts, then the columns of usage. Inside an xUpdate alone: it asks for
** the OR clause of the statement. A failure leaves its text, for sqlite3_free(), in *message.
*/
int arrival_check(struct store *store, sqlite3_value **values, char **message);

#endif
