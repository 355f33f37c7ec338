/*
** A usage row arrives (arrival.c).
*/
#ifndef BILLING_ARRIVAL_H
#define BILLING_ARRIVAL_H

#include "store/store.h"

/*
** Note of a usage that is about to be inserted whether another row has its key: `key` is NULL, or
** the usage_id, or the source_id that is taken. The columns are those of the table, without the
** usage_id.
*/
int arrival_note_key(struct store *store, sqlite3_value *key, sqlite3_value **columns);

#endif
