#include "core/access.h"

/* From the end: most questions are about a recent instant, and there are few steps. */
const struct policy_step *policy_at(const struct policy_step *steps, int count, int64_t at_ms) {
  while (count > 1 && steps[count - 1].from_ms > at_ms) count--;
  return &steps[count - 1];
}

/* A grace of any length is a setting of the user's, so the sum is kept from overflowing. */
int64_t access_block_at(int64_t since, int64_t grace_ms) {
  return since > INT64_MAX - grace_ms ? INT64_MAX : since + grace_ms;
}

/*
** The order decides which state is named when several hold: a contract outside comes before
** everything (D36), a trial opens all apis whatever the balance (D44), and without a needed
** subscription a balance does not help (D34). A block stands until it is lifted, also with a
** balance of 0 (Q21).
*/
enum access access_at(const struct wallet_state *wallet_state, const struct terms *terms,
                      bool subscribed, int64_t at) {
  if (terms->excluded) return ACCESS_EXCLUDED;
  if (at >= terms->trial_from && at < terms->trial_to) return ACCESS_TRIAL;
  if (terms->needs_subscription && !subscribed) return ACCESS_NONE;
  if (wallet_state->blocked_since != NEVER) return ACCESS_LIMITED;
  if (wallet_state->negative_since == NEVER) return ACCESS_FULL;
  return at < wallet_state->grace_ends ? ACCESS_GRACE : ACCESS_LIMITED;
}

const char *access_name(enum access access) {
  static const char *const names[] = {"excluded", "trial", "none", "limited", "grace", "full"};
  return names[access];
}

bool access_allows_premium(enum access access) {
  return access != ACCESS_NONE && access != ACCESS_LIMITED;
}
