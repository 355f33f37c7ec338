/*
** A usage row arrives (arrival.c).
*/
#ifndef BILLING_ARRIVAL_H
#define BILLING_ARRIVAL_H

#include <stdbool.h>

#include "store/store.h"

/*
** Note of a usage that is about to be inserted whether another row has its key: `key` is NULL, or
** the usage_id, or the source_id that is taken. The columns are those of the table, without the
** usage_id. False: the row is refused, and the call has failed.
*/
bool arrival_note_key(sqlite3_context *context, sqlite3_value *key, sqlite3_value **columns);

#endif
