/*
** How a plan goes from xBestIndex to xFilter.
**
** idxNum: bits of PLAN_…; and for PLAN_BLIND the constraint that can't be handed over: its column
** from bit 8 on, its operator from bit 16 on. idxStr: two characters for each value that is passed,
** in their order: the column, plus '0', and how it is compared with it:
**
**   =  i            EQ and IS; of a parameter's column or argument: its value
**   e               EQ of a parameter, by each value of an IN list in turn
**   !  n            NE and IS NOT
**   <  l  >  g      LT LE GT GE
**   @               an IN list of times, all its values at once
**   ?               not looked at: passed so that SQLite can take an OR apart
**
** A parameter that is not a mere filter (`at`, `days`) needs a value, or counts as omitted.
** Constraints on it that give none (a range, a value that comes from a table read later) make the
** plan blind: it is so dear that any other is taken, and xFilter fails. SQLite shows the parts of
** an OR one by one, and else nothing of it; so the plan of an omitted parameter whose column is
** read is dearer still: the OR is taken apart, and each part comes here.
*/
#ifndef BILLING_QUERY_PLAN_H
#define BILLING_QUERY_PLAN_H

#include "tables/query_table.h"

#define PLAN_PAST 1  /* a column of past_columns is read */
#define PLAN_DEAR 2  /* a column of dear_columns is read */
#define PLAN_BLIND 4 /* see above */

#define PLAN_BLIND_COLUMN(plan) ((plan) >> 8 & 0xff)
#define PLAN_BLIND_OP(plan) ((plan) >> 16 & 0xff)

int query_best_index(sqlite3_vtab *base, sqlite3_index_info *info);

#endif
