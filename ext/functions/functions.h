/*
** The SQL functions, a table per file; billing.c registers them with the store as user data.
*/
#ifndef BILLING_FUNCTIONS_H
#define BILLING_FUNCTIONS_H

#include "function_def.h"
#include "functions/check.h"
#include "functions/convert.h"

extern const struct function_def lookup_functions[];  /* rate, payer, access … */
extern const struct function_def admin_functions[];   /* settle, billing_install … */
extern const struct function_def arrival_functions[]; /* what an insert of usage calls */
extern const struct function_def close_functions[];   /* what guards closed periods */
extern const struct function_def guard_functions[];   /* what access refuses */
extern const struct function_def group_functions[];   /* what settle()'s own statement calls */
extern const struct function_def alert_functions[];   /* billing_alerts */

#endif
