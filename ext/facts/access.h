/*
** Access of a wallet as of any instant, from what is stored, and what it takes to get it back.
*/
#ifndef BILLING_STORE_ACCESS_H
#define BILLING_STORE_ACCESS_H

#include "core/access.h"
#include "store/store.h"

/* The columns debt, negative since, blocked since of a row of `wallet state`, from `column` on. */
struct wallet_state state_of_row(sqlite3_stmt *row, int column);

/* How a wallet stands at an instant, as of the last settle(). */
struct wallet_state store_state(struct store *store, int64_t wallet_id, int64_t at_ms, int *rc);

/* Wallet state and access of a wallet at an instant. A wallet without account or team: no terms. */
enum access store_access(struct store *store, int64_t wallet_id, int64_t at_ms,
                         struct wallet_state *wallet_state, int *rc);

/* What the terms of a wallet give at an instant by the facts as they are, debts aside. */
enum access store_terms_access(struct store *store, int64_t wallet_id, int64_t at_ms, int *rc);

/* The end of the trial of a wallet's account by the facts as they are; NEVER: none. */
int64_t store_trial_end(struct store *store, int64_t wallet_id, int *rc);

/* What an account's own terms give, debts aside: excluded, trial, none or full. */
enum access store_account_access(struct store *store, sqlite3_value *account_id, int64_t at_ms,
                                 int *rc);

/* Since when a wallet whose access is none at `at_ms` has none: NEVER when it never had any. */
int64_t store_none_since(struct store *store, int64_t wallet_id, int64_t at_ms, int *rc);

/* A wallet that is limited at `at_ms` has been since then. */
int64_t store_limited_since(const struct wallet_state *wallet_state);

/*
** Tokens to buy for a debt of `units`: in whole tokens, not less than the policy then; 0 without.
*/
double store_min_purchase(struct store *store, int64_t units, int64_t at_ms, int *rc);

#endif
