/*
** The SQL functions of this room; billing.c registers them.
*/
#ifndef BILLING_ADMIN_FUNCTIONS_H
#define BILLING_ADMIN_FUNCTIONS_H

#include "store/function_def.h"

extern const struct function_def convert_functions[]; /* utc, tokens, units */
extern const struct function_def admin_functions[];   /* settle, billing_install … */
extern const struct function_def export_functions[];  /* billing_export */
extern const struct function_def part_functions[];    /* what billing_check asks of the schema */
extern const struct function_def setting_functions[]; /* billing_autosettle … */
extern const struct function_def alert_functions[];   /* what settling calls for alerts */

#endif
