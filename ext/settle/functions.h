/*
** The SQL functions of this room; billing.c registers them.
*/
#ifndef BILLING_SETTLE_FUNCTIONS_H
#define BILLING_SETTLE_FUNCTIONS_H

#include "store/function_def.h"

extern const struct function_def arrival_functions[]; /* what an insert of usage calls */
extern const struct function_def group_functions[];   /* what settle()'s own statement calls */
extern const struct function_def late_functions[];    /* what statements that read lots call */

#endif
