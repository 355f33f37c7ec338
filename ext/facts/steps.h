/*
** What a change of a fact brings about beside its checks: guards before it, marks and a new stamp
** after it, what OR REPLACE would do silently. The triggers hand over the row and name no table but
** their own; the steps are SQL, in the order in which they run.
*/
#ifndef BILLING_STEPS_H
#define BILLING_STEPS_H

#include "sqlite3ext.h"

#include "facts/description.h"

struct store;

/* Beside the events of a trigger: an insert or update that takes the key of another row. */
#define REPLACES_INSERT 64
#define REPLACES_UPDATE 128

/* A row before and after. A column that is not known is NULL; times are canonical. */
struct change {
  enum fact_id id;
  sqlite3_value *new_row[COLUMN_MAX], *old_row[COLUMN_MAX];
};

/*
** Reads what the trigger of that event hands over, see fact_passes_new(); false: not so many
** values.
*/
bool change_read(struct change *change, enum fact_id id, enum row_event event, int count,
                 sqlite3_value **values);

/* Runs the steps of an event of enum row_event, or one of the two above. */
void steps_run(struct store *store, const struct change *change, int event, int *rc);

#endif
