/*
** The questions that a check asks of other rows. They are built from the description (facts.def),
** and the store keeps their statements like all others.
*/
#ifndef BILLING_FACT_H
#define BILLING_FACT_H

#include "sqlite3ext.h"

#include <stdbool.h>

#include "facts/description.h"

struct store;

/* The key of a row. */
void fact_key(const struct fact *fact, sqlite3_value *const *row, sqlite3_value *key[KEY_MAX]);

/* ---- questions; in what follows a row is all columns, a key its columns, in order ---- */

/* Is there a row with this key? */
bool fact_known(struct store *store, enum fact_id id, sqlite3_value *const *key, int *rc);

/*
** Is there another one with its key or its source_id? `old_key`: that of the row that changes;
** NULL: it is a new one.
*/
bool fact_met(struct store *store, enum fact_id id, sqlite3_value *const *row,
              sqlite3_value *const *old_key, int *rc);

/*
** Is there one with the key of this row, but other values? Not where a repeated source_id explains
** it.
*/
bool fact_taken(struct store *store, enum fact_id id, sqlite3_value *const *row, int *rc);

/* Is there one whose name differs only in case? `old_key`: but for that one; may be NULL. */
bool fact_has_twin(struct store *store, enum fact_id id, sqlite3_value *const *row,
                   sqlite3_value *const *old_key, int *rc);

/*
** The first table that refers to this key, when it is to become `new_key` (NULL: to go); or
** NO_FACT.
*/
enum fact_id fact_user(struct store *store, enum fact_id id, sqlite3_value *const *old_key,
                       sqlite3_value *const *new_key, int *rc);

/*
** Stores the time columns of `canonical` in the row that has the columns of `row`: its key, or all
** of them where the table has none.
*/
void fact_respell(struct store *store, enum fact_id id, sqlite3_value *const *row,
                  sqlite3_value *const *canonical, int *rc);

/* Deletes the row with this key. */
void fact_drop(struct store *store, enum fact_id id, sqlite3_value *const *key, int *rc);

/* The column that a text such as 'usage.api' names; NULL: none. */
const struct column *fact_column(sqlite3_value *value);

#endif
