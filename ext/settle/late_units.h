/*
** What usage that came late has paid of a lot: a ledger of its own beside `lot_used`.
**
** `lot_used` of an entry is what its lot has paid in all, as it was when the entry was written.
** Usage that is paid late, at an earlier instant, does not change the entries after it: its units
** are added to the spans of time that its instant lies in (core/span.h). So what a lot has paid
** with an entry is `lot_used` and the late units before the entry's instant, and an entry is stored
** less those.
*/
#ifndef BILLING_LATE_UNITS_H
#define BILLING_LATE_UNITS_H

#include <stdint.h>

#include "store/store.h"

/* The late units of one lot, as its row of _billing_settled_lot has them. */
struct late_units {
  int64_t from_ms, to_ms; /* the first instant and the last; NEVER: there are none */
  int64_t units;          /* all of them */
};

struct late_units late_units_of_lot(struct store *store, int64_t lot_id, int *rc);

/* From three columns of a row, from `column` on, in the order of struct late_units. */
struct late_units late_units_of_row(sqlite3_stmt *row, int column);

/*
** Those before an instant; `known` is what the lot's row has. Before the first and after the last
** one no row is read, which is nearly every question.
*/
int64_t late_units_before(struct store *store, int64_t lot_id, const struct late_units *known,
                          int64_t at_ms, int *rc);

/* Adds units that were paid at an instant, also to the lot's row. */
void late_units_add(struct store *store, int64_t lot_id, int64_t at_ms, int64_t units, int *rc);

/*
** Deletes those from an instant on. The lot's row is not changed: whoever deletes writes the row
** again, with late_units_read().
*/
void late_units_take_back(struct store *store, int64_t lot_id, int64_t from_ms, int *rc);

/* Reads the units themselves instead of the lot's row, which may be gone. */
struct late_units late_units_read(struct store *store, int64_t lot_id, int *rc);

/* Binds three parameters of a statement from `index` on. */
void late_units_bind(sqlite3_stmt *statement, int index, const struct late_units *late);

#endif
