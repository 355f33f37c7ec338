/*
** Settlement: facts to ledger (Q29: the ledger depends on the facts alone, not on when or how often
** settle() runs). The only writer of what docs/internals.md lists as stored, but for an autosettled
** insert, which uses the same groups and the same writer (open_groups.h).
*/
#ifndef BILLING_SETTLE_H
#define BILLING_SETTLE_H

#include <stdint.h>

#include "store/store.h"

#define EVERY_ROW INT64_MAX /* settled_upto while autosettle is on: rows are listed one by one */

/*
** Settle what is pending, of the group of `team_id` (text) or, when it is NULL, of all teams. All
** or nothing, inside a transaction or not. *settled counts the usage rows settled or settled again.
** On failure returns an SQLite error code and *message (sqlite3_free(); may be NULL).
*/
int settle(struct store *store, sqlite3_value *team_id, int64_t *settled, char **message);

/* Statements that several files read. */
extern const char sql_meta_settled_upto[];
extern const char sql_mark_forget[];
extern const char sql_settling_clear[];
extern const char sql_work_to_do[];

#endif
