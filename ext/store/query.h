/*
** One way to ask: a statement of the store with its parameters bound by a format.
**
** The format has a letter for each parameter, in their order, and the arguments follow:
**   i  int64_t            t  struct text (copied by nobody: it lives until the statement is put
**     back)
**   v  sqlite3_value *    z  const char *, NUL-terminated; NULL binds NULL
** Calls can be chained: nothing is done while *rc is an error.
*/
#ifndef BILLING_QUERY_H
#define BILLING_QUERY_H

#include <stdint.h>

#include "store/store.h"

/* Borrowed and bound, before its first row; give it back with store_put(). NULL with *rc set. */
sqlite3_stmt *query_open(struct store *store, const char *sql, int *rc, const char *format, ...);

/* Runs a statement that returns no rows. */
void query_run(struct store *store, const char *sql, int *rc, const char *format, ...);

/*
** The first column of the first row as an integer; `otherwise` without a row, or where it is NULL.
*/
int64_t query_number(struct store *store, const char *sql, int64_t otherwise, int *rc,
                     const char *format, ...);

#endif
