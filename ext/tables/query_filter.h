/*
** xFilter's part in constraints: reads the values that query_plan.c passes.
*/
#ifndef BILLING_QUERY_FILTER_H
#define BILLING_QUERY_FILTER_H

#include "tables/query_table.h"

/* Sets the cursor's parameters; *none: no row can be. Fails with a text in vtab->zErrMsg. */
int query_read_values(struct query_cursor *cursor, int plan, const char *text, int argc,
                      sqlite3_value **argv, bool *none);

/*
** The error for an omitted `at` that was compared with an instant all the same; see omitted_at.h.
*/
int query_refuse_compared(struct query_cursor *cursor);

/* The row of the statement passes the tests. Sets *rc without memory. */
bool query_row_passes(const struct query_cursor *cursor, int *rc);

void query_forget_values(struct query_cursor *cursor);

#endif
