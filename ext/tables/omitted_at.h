/*
** What an omitted `at` is compared with.
**
** SQLite does not show every constraint to xBestIndex: none of a CROSS JOIN that forces another
** order, of row values, of NOT, of an OR that it can't take apart. It checks them itself then, on
** rows as of now, and would find none for the instant that was asked for. So the value of `at` in a
** row as of now is remembered while a register of SQLite's holds it. When the collation sees it
** beside another instant, the scan fails.
*/
#ifndef BILLING_OMITTED_AT_H
#define BILLING_OMITTED_AT_H

#include "tables/query_table.h"

/* The value of `at` as of now. */
int omitted_result(struct query_cursor *cursor, sqlite3_context *context);

/* Called when the texts, at these addresses, are two instants. */
void omitted_compare(struct store *store, const void *a, const void *b);

/* The cursor moves to other rows, or goes. */
void omitted_forget(struct query_cursor *cursor);

#endif
