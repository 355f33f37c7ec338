/*
** The SQL functions of this room; billing.c registers them.
*/
#ifndef BILLING_FACTS_FUNCTIONS_H
#define BILLING_FACTS_FUNCTIONS_H

#include "store/function_def.h"

extern const struct function_def check_functions[];   /* what the triggers before a change call */
extern const struct function_def changed_functions[]; /* what the triggers after a change call */
extern const struct function_def lookup_functions[];  /* rate, payer, access … */
extern const struct function_def close_functions[];   /* what guards closed periods */
extern const struct function_def keep_functions[];    /* what closed periods keep */
extern const struct function_def guard_functions[];   /* what access refuses */

#endif
