/*
** utc(text), tokens(units), units(tokens).
*/
#ifndef BILLING_CONVERT_H
#define BILLING_CONVERT_H

#include "function_def.h"

extern const struct function_def convert_functions[];

#endif
