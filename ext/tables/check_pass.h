/*
** What billing_check finds out in one pass over usage and one over what is stored, so that it asks
** only the rules that may have something to say. The rules name what is wrong; a rule that is left
** out would find nothing.
**
** What is stored agrees with what the facts say when two multisets are equal. They are compared by
** the sum of a hash of each member, which neither sorts nor keeps anything: the order of usage and
** that of the ledger have nothing in common. The hash is keyed at random for each pass, so that
** sets that differ have the same sum once in 2^50 passes at most.
*/
#ifndef BILLING_CHECK_PASS_H
#define BILLING_CHECK_PASS_H

#include <stdint.h>

#include "store/store.h"

/* Bits of what check_pass() answers; a rule is guarded by CHECK_GUARD(number). */
enum check_doubt_number {
  DOUBT_LEDGER_NUMBER,
  DOUBT_LOT_USED_NUMBER,
  DOUBT_STATE_NUMBER,
  DOUBT_NAME_NUMBER,
  DOUBT_WORD_NUMBER,
  DOUBT_FAR_NUMBER
};
enum check_doubt {
  DOUBT_LEDGER = 1 << DOUBT_LEDGER_NUMBER,     /* entries, debts and free usage: by the facts */
  DOUBT_LOT_USED = 1 << DOUBT_LOT_USED_NUMBER, /* lot_used of entries: by the entries before */
  DOUBT_STATE = 1 << DOUBT_STATE_NUMBER,       /* the states of wallets: by their debts */
  DOUBT_NAME = 1 << DOUBT_NAME_NUMBER,         /* a text of some fact is not as names are */
  DOUBT_WORD = 1 << DOUBT_WORD_NUMBER,         /* usage names an unknown app, api or outcome */
  DOUBT_FAR = 1 << DOUBT_FAR_NUMBER            /* usage is dated years ahead */
};

/* The sum of the doubts. An error of a statement is one: the rule that meets it says so. */
int check_pass(struct store *store, int *rc);

#endif
