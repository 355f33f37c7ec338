/*
** What the columns of a reading table are for, read from their names and types.
*/
#ifndef BILLING_QUERY_SHAPE_H
#define BILLING_QUERY_SHAPE_H

#include "tables/query_table.h"

/* The name of the hidden column that is the primary key. */
#define KEY_COLUMN "_billing_key"

/* The name of a parameter as a user knows it: at, team_id … */
const char *parameter_name(enum parameter parameter);

/*
** Fills the shape; returns the table's declaration, for sqlite3_free(), or NULL without memory.
**
** A table has no rowid: SQLite takes that for a row's identity, and no number could be one. Its key
** is a hidden column of its own, since SQLite takes the columns of a primary key for NOT NULL.
*/
char *query_shape_read(const struct query_table *table, struct query_shape *shape);

#endif
