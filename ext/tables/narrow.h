/*
** What constraints on columns leave to read.
**
** A constraint on usage_id, client_id or lot_id (query_table.filters) and on the times of a row
** (query_table.spans) only narrows: SQLite compares each row that comes all the same. So what is
** read may be too much, never too little.
**
** A usage stands in one place, with one wallet at one instant. While the only usage asked for is
** settled, its place is looked up first, and the statements read nothing else. Parameters of the
** statements:
**   ?11, ?12  usage_id, from and to        ?13  client_id, or NULL
**   ?14, ?15  lot_id, from and to          ?16  1: the usage stands at ?4, or nowhere (?4 = ?5)
**   ?17  team of the only wallet, or NULL: for where lots, debts and free usage stand
*/
#ifndef BILLING_NARROW_H
#define BILLING_NARROW_H

#include "tables/query_table.h"

/* Notes the value of an equality; one that could match in another spelling narrows nothing. */
int narrow_by(struct query_cursor *cursor, enum filter filter, sqlite3_value *value);

/* After all values are read: finds the place of a usage, the wallet of a lot or an app. */
int narrow_place(struct query_cursor *cursor);

int narrow_bind(struct query_cursor *cursor, int count);

void narrow_forget(struct query_cursor *cursor);

#endif
