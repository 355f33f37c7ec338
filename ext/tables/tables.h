/*
** The reading tables, for the entry point to register.
*/
#ifndef BILLING_TABLES_H
#define BILLING_TABLES_H

#include "store/function_def.h"
#include "store/store.h"

/* Registers them all; the store is what they share. Without a store it removes them. */
int tables_register(sqlite3 *db, struct store *store);

extern const struct function_def page_functions[]; /* what the statements of pages call */

struct query_table;

/* The name of the i-th table; NULL: there are no more. */
const char *tables_name(int i);

/* By module name, without regard to case; NULL when there is none. */
const struct query_table *tables_find(const char *name);

/*
** Why a reading table cannot be connected as the arguments of xConnect say, for sqlite3_free();
** NULL: it can. It reads main, so that one in the schema of an attached file would answer for
** another file.
*/
char *tables_refusal(int argc, const char *const *argv);

/* The statements of tables with one row a team: the teams asked for. See query_table.h. */
extern const char *const wallets_asked[];

#endif
