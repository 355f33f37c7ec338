/*
** Times that are written in another spelling than the canonical one.
**
** A trigger cannot change the row that is being written. So the checks and the steps see such a row
** as it will be stored, and after it is written an UPDATE of its time columns stores them
** canonically (changed.c). That update is no change of a fact: while it runs, store->respelling is
** set, the checks let it pass, no step runs and settle() does nothing.
*/
#ifndef BILLING_SPELLING_H
#define BILLING_SPELLING_H

#include "facts/fact.h"

/* A row whose times are canonical. */
struct spelled_row {
  sqlite3_value *values[COLUMN_MAX];
  sqlite3_value *made[COLUMN_MAX]; /* those of them that are copies */
  int made_count;                  /* 0: `values` are those that were given */
};

/*
** A copy in canonical form, for sqlite3_value_free(); NULL where the value is canonical already, or
** no time that a fact may have.
*/
sqlite3_value *spelling_canonical(struct store *store, sqlite3_value *value, int *rc);

/* Always to be ended, also after an error. */
void spelled_start(struct spelled_row *spelled, struct store *store, const struct fact *fact,
                   sqlite3_value *const *values, int *rc);
void spelled_end(struct spelled_row *spelled);

/*
** Stores the times of a row canonically; `row` is as it was written. Of a table with a key, only
** the key and the time columns are read from it.
*/
void spelling_store(struct store *store, enum fact_id id, sqlite3_value *const *row, int *rc);

#endif
