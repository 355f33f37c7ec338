/*
** Files that an engine replicates: dqlite, rqlite, libSQL. Such an engine takes a SELECT for a
** read, so what a query writes stays on one node, and the nodes differ from then on; dqlite's
** leader dies of it. So every call that writes has a second form as a statement (docs/guides/
** scaling.md), and on a replicated file the query is refused.
**
** A file is replicated if its row 'replicated' of billing_setting is 1, or if the host says so for
** all files by loading the extension through sqlite3_billing_replicated_init.
*/
#ifndef BILLING_REPLICATED_H
#define BILLING_REPLICATED_H

#include "store/store.h"

/*
** True, and the call has failed with `remedy`, where the file is replicated and a query calls
** `function`. In a transaction that has written already the call is let pass: the COMMIT, which is
** no query, carries what it writes; and a trigger's call looks the same.
*/
bool refused_as_query(sqlite3_context *context, const char *function, const char *remedy);

/* Does the host say that it replicates all files? What writes another file has to ask that. */
bool host_replicates(sqlite3_context *context);

#endif
