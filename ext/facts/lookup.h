#ifndef BILLING_LOOKUP_H
#define BILLING_LOOKUP_H

/* Statements that several files read. */
extern const char sql_wallet_of_team[];
extern const char sql_read_now[];

#endif
