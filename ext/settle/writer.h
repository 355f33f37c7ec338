/*
** The rows that settling writes: what the statements sql_entry_add, sql_entries_add, sql_debt_set and sql_standing_set are bound to.
** The general way and the quick way say the same of them.
*/
#ifndef BILLING_RESULTS_H
#define BILLING_RESULTS_H

#include "core/timeline.h"
#include "store/store.h"

#define ENTRIES_AT_ONCE 16 /* rows of sql_entries_add */

/* An instant, or NULL for NEVER. */
void bind_since(sqlite3_stmt *statement, int index, int64_t ms);

/* `row`: which one of the statement, from 0. */
void bind_entry(sqlite3_stmt *add, int row, const struct entry *entry);

/* After an entry has been written: settled_lot says since when a lot has paid, and since when it is used up. */
void note_entry(struct store *store, const struct entry *entry, int *rc);

/* A step of a debt: what is owed of it since an instant. */
void bind_debt(sqlite3_stmt *set, int64_t wallet_id, const struct debt *debt, int64_t since_ms);

void bind_standing(sqlite3_stmt *set, int64_t wallet_id, const struct standing *standing,
                   int64_t at_ms);

/* Statements that several files read. */
extern const char sql_unrated_add[];
extern const char sql_entry_add[];
extern const char sql_entries_add[];
extern const char sql_debt_set[];
extern const char sql_standing_set[];
extern const char sql_free_add[];

#endif
