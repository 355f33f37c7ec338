/*
** What the check triggers (sql/checks/) call to refuse bad facts.
*/
#ifndef BILLING_CHECK_H
#define BILLING_CHECK_H

#include "function_def.h"

extern const struct function_def check_functions[];

#endif
