/*
** Rows that come with the key of another row, or with its source_id. What becomes of them depends
** on the OR clause of the statement, which a trigger inherits: SQLite says it to a virtual table
** that the trigger writes to (_billing_main, admin/main_only.c). A check notes such a row, and
** returns what it has found; the write that follows it hands that on.
*/
#ifndef BILLING_TAKEN_H
#define BILLING_TAKEN_H

#include <stdint.h>

#include "facts/steps.h"

enum taken {
  NOT_TAKEN = 1,
  TAKEN,              /* by a row that is equal, or by one with the same source_id alone */
  TAKEN_BY_ANOTHER,   /* OR IGNORE would lose something */
  SPELLED_AGAIN,      /* by an equal row whose time is spelled canonically */
  SPELLED_BY_ANOTHER, /* likewise, and the row says something else */
};

/*
** Keeps a copy of the row; returns `taken`. Of the event BEFORE_INSERT or BEFORE_UPDATE. `written`:
** the columns as the statement has them, where a time is spelled in another way; else NULL.
*/
enum taken taken_note(struct store *store, const struct change *change, enum row_event event,
                      enum taken taken, sqlite3_value *const *written, int *rc);

/*
** Does with the noted row what its statement asks for; `conflict` is one of
** sqlite3_vtab_on_conflict(). OR REPLACE deletes or updates the row that has the key, openly. OR
** IGNORE fails where something would be lost, and passes over a row that is equal
** (store->passed_over). A key in another spelling, which SQLite itself would not find for ON
** CONFLICT, is refused. A failure leaves its text, for sqlite3_free(), in *message.
*/
int taken_resolve(struct store *store, int64_t taken, int conflict, char **message);

#endif
