/*
** SQL scripts that change the schema.
*/
#ifndef BILLING_SCRIPTS_H
#define BILLING_SCRIPTS_H

#include "sqlite3ext.h"

/*
** Run `first`, which may be NULL, and then `last`, as one unit, inside a transaction or not: all of
** them or nothing, also when interrupted or out of memory; then the whole transaction may be rolled
** back. On an error *message may have its text, for sqlite3_free(). Only `first` may drop tables.
*/
int scripts_run(sqlite3 *db, const char *first, const char *last, char **message);

#endif
