/*
** Derives everything again from the facts. What a closed period holds can't be derived again: it
** stays, and from the close on settle() takes it from there.
*/
#ifndef BILLING_REBUILD_H
#define BILLING_REBUILD_H

struct store;

/* Inside a statement that SQLite undoes as a whole: many statements, and settle() at the end. */
void rebuild(struct store *store, int *rc);

/* Says that all usage is settled that is not listed as pending. */
extern const char sql_mark_settled[];

#endif
