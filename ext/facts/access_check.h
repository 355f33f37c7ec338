/*
** The gate: may a client call an api at an instant? can_call() answers, billing_guard() refuses by
** it.
**
** Premium apis need a payer whose access is trial, full, grace or excluded; an api that is not
** known counts as premium, because a rate for it may come. Free apis are open to all but wallets
** without any access; who has no payer may call them.
*/
#ifndef BILLING_GATE_H
#define BILLING_GATE_H

#include "core/access.h"
#include "store/store.h"

struct gate {
  bool open;
  int64_t wallet_id; /* who pays; 0: nobody, and the rest is not set */
  enum access access;
  struct wallet_state wallet_state;
};

/* On failure *rc is set and the gate is shut. */
void gate_ask(struct store *store, sqlite3_value *client_id, sqlite3_value *api, int64_t at_ms,
              struct gate *gate, int *rc);

/* Statements that several files read. */
extern const char sql_wallet_of_client[];

#endif
