/*
** Access: what a wallet may call, given its wallet state (D37-D41, D93-D97, Q17-Q21).
*/
#ifndef BILLING_ACCESS_H
#define BILLING_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#define NEVER INT64_MIN /* "since" of something that is not so */

/*
** What a wallet may call. LIMITED: free APIs only, after 14 days of GRACE with a negative balance.
*/
enum access {
  ACCESS_EXCLUDED,
  ACCESS_TRIAL,
  ACCESS_NONE,
  ACCESS_LIMITED,
  ACCESS_GRACE,
  ACCESS_FULL
};

/* Debt and what follows from it, from one instant on. */
struct wallet_state {
  int64_t debt;           /* units not paid */
  int64_t negative_since; /* the balance is below zero since then, or NEVER */
  int64_t blocked_since;  /* limited since then until it is lifted, or NEVER */
  int64_t grace_ends;     /* while negative: the instant at which grace is over (Q18: exclusive) */
};

/* The policies that hold from an instant on until the next step. */
struct policy_step {
  int64_t from_ms; /* of the first step: INT64_MIN */
  int64_t grace_ms, trial_ms;
  bool restore_auto; /* restore = 'auto': no unblock row needed */
};

/* The step in force at an instant. `count` is at least 1; steps are in the order of from_ms. */
const struct policy_step *policy_at(const struct policy_step *steps, int count, int64_t at_ms);

/* An account as access and rating see it at some instant. */
struct terms {
  bool excluded;                /* EBA: another contract (D36) */
  int64_t trial_from, trial_to; /* [from, to); empty when equal */
  bool needs_subscription;      /* Flex is not sold in its country then (D34) */
};

/*
** The instant at which a balance negative since `since` is blocked (Q18: exclusive end of grace).
*/
int64_t access_block_at(int64_t since, int64_t grace_ms);

/* The state at `at`. `subscribed`: a subscription is live at that instant. */
enum access access_at(const struct wallet_state *wallet_state, const struct terms *terms,
                      bool subscribed, int64_t at);

/* As it stands in reading tables and messages: 'full', 'grace', … */
const char *access_name(enum access access);

/* Whether premium APIs may be called; free ones always may (D40). */
bool access_allows_premium(enum access access);

#endif
