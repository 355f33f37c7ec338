#ifndef BILLING_ACCESS_GUARD_H
#define BILLING_ACCESS_GUARD_H

/* Statements that several files read. */
extern const char sql_names_of_wallet[];

#endif
