/*
** Columns of times: `COLLATE billing_time` compares texts as the instants that they say.
**
** SQLite checks most constraints itself, with the collation of the column: so whatever utc() takes
** compares as an instant wherever a reading table's column of times is one of the two. What says no
** time comes after all times, by its bytes. Constraints that xBestIndex is shown are also read by
** query_filter.c, which refuses what is no time.
*/
#ifndef BILLING_TIME_COLUMN_H
#define BILLING_TIME_COLUMN_H

#include "store/store.h"

#define TIME_COLLATION "billing_time"

/* Registers the collation; without a store it removes it. */
int time_column_register(sqlite3 *db, struct store *store);

#endif
