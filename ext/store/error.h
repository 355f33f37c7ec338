/*
** Errors in one style: `name: what is wrong, value, remedy`.
*/
#ifndef BILLING_COMPLAIN_H
#define BILLING_COMPLAIN_H

#include <sqlite3ext.h>
#include <stdbool.h>

/*
** Fails the call with `code` (SQLITE_ERROR, SQLITE_CONSTRAINT …). The value is shown as a
** literal: texts are quoted and cut after some 40 bytes, characters that the eye does not see
** are escaped. `wrong` and `remedy` end in NUL and are shown whole.
*/
void complain(sqlite3_context *context, int code, const char *name, const char *wrong,
              sqlite3_value *value, const char *remedy);

/*
** Likewise of an amount. A column of type REAL makes -4.0 of the -4 that was written: it is shown
** as -4.
*/
void complain_of_amount(sqlite3_context *context, int code, const char *name, const char *wrong,
                        sqlite3_value *value, const char *remedy);

/* The text of complain(), for sqlite3_free(); NULL without memory. */
char *complaint(const char *name, const char *wrong, sqlite3_value *value, const char *remedy);

/* The argument of a switch: 1 or 0 into `on`; else false, and the call has failed. */
bool read_switch(sqlite3_context *context, const char *name, sqlite3_value *value, int *on);

/*
** True, and the call has failed, where it cannot come from a trigger of ours: those run in a
** statement that writes main. A function learns no more about its caller.
*/
bool called_outside_trigger(sqlite3_context *context, const char *function);

/* An SQLite error under the name of the function: see store_error(). */
void complain_of_sqlite(sqlite3_context *context, int code, const char *name);

/*
** An error of a statement that stands for what a trigger would do: as it is, since it may come from
** a check that names table, column and remedy.
*/
void complain_nested(sqlite3_context *context, int code);

#endif
