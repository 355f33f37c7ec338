/*
** The witness: sees that something is rolled back, whatever it is: a statement, a savepoint, a
** transaction; and which commit was this connection's own.
**
** SQLite informs the virtual tables that take part in a transaction of each. So one of ours takes
** part: the eponymous table billing_witness, which holds nothing. What is remembered of this
** transaction's writes holds as long as store->undone is the same, and after it while the data
** version is store->committed.
*/
#ifndef BILLING_WITNESS_H
#define BILLING_WITNESS_H

#include "store/store.h"

int txn_watch_register(struct store *store);
int txn_watch_drop(sqlite3 *db);

/* Have it take part from now on until the transaction ends. Inside a write only. */
void txn_watch_begin(struct store *store, int *rc);

#endif
