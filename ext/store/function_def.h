/*
** How a file of SQL functions hands them to the entry point.
**
** Each file under functions/ exports one const array, ended by an entry whose name is NULL. The
** entry point registers them; nothing else calls sqlite3_create_function. `why` is the rationale of
** the flags and is kept beside them on purpose: INNOCUOUS decides what a schema that nobody trusts
** may do.
*/
#ifndef BILLING_FUNCTION_DEF_H
#define BILLING_FUNCTION_DEF_H

#include <sqlite3ext.h>

struct function_def {
  const char *name;
  int args;  /* number of arguments; -1: any */
  int flags; /* SQLITE_DETERMINISTIC, SQLITE_INNOCUOUS, SQLITE_DIRECTONLY; UTF-8 is added */
  void (*call)(sqlite3_context *, int, sqlite3_value **);
  const char *why;
};

#endif
