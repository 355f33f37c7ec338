#include "unit.h"

#include <string.h>

#include "core/access.h"

#define DAY INT64_C(86400000)
#define GRACE (14 * DAY)

static const struct terms plain = {false, 0, 0, false};

static const char *state(int64_t negative_since, int64_t blocked_since, struct terms terms,
                         bool subscribed, int64_t at) {
  const struct wallet_state wallet_state = {0, negative_since, blocked_since,
                                            negative_since + GRACE};
  return access_name(access_at(&wallet_state, &terms, subscribed, at));
}

#define IS(expected, actual) CU_ASSERT_STRING_EQUAL(actual, expected)

/* Q18: 14 times 24 hours, exclusive at the end. */
static void grace_ends_after_fourteen_days(void) {
  IS("full", state(NEVER, NEVER, plain, false, 0));
  IS("grace", state(1000, NEVER, plain, false, 1000));
  IS("grace", state(1000, NEVER, plain, false, 1000 + GRACE - 1));
  IS("limited", state(1000, NEVER, plain, false, 1000 + GRACE));
}

/* Q21: a block outlives the debt until support lifts it. */
static void grace_without_end_never_blocks(void) {
  CU_ASSERT_EQUAL(access_block_at(INT64_MAX - 5, 10), INT64_MAX);
  CU_ASSERT_EQUAL(access_block_at(INT64_MAX - 10, 10), INT64_MAX);
}

static void a_block_stays(void) {
  IS("limited", state(NEVER, 5, plain, false, 9));
}

/* Q23: [start, start + 90 days) or the earlier switch. */
static void trial_is_half_open(void) {
  const struct terms trial = {false, 100, 200, false};
  IS("full", state(NEVER, NEVER, trial, false, 99));
  IS("trial", state(NEVER, NEVER, trial, false, 100));
  IS("trial", state(50, NEVER, trial, false, 199));
  IS("full", state(NEVER, NEVER, trial, false, 200));
}

/* D34, D36: order of precedence. */
static void excluded_before_trial_before_none_before_limited(void) {
  struct terms terms = {true, 0, 10, true};
  IS("excluded", state(NEVER, 1, terms, false, 5));
  terms.excluded = false;
  IS("trial", state(NEVER, 1, terms, false, 5));
  IS("none", state(NEVER, 1, terms, false, 10));
  IS("limited", state(NEVER, 1, terms, true, 10));
}

static void premium_needs_more_than_limited(void) {
  CU_ASSERT(access_allows_premium(ACCESS_EXCLUDED));
  CU_ASSERT(access_allows_premium(ACCESS_TRIAL));
  CU_ASSERT(access_allows_premium(ACCESS_GRACE));
  CU_ASSERT(access_allows_premium(ACCESS_FULL));
  CU_ASSERT_FALSE(access_allows_premium(ACCESS_LIMITED));
  CU_ASSERT_FALSE(access_allows_premium(ACCESS_NONE));
}

static const struct unit_test tests[] = {
    {"grace ends after fourteen days (Q18)", grace_ends_after_fourteen_days},
    {"a block stays until it is lifted (Q21)", a_block_stays},
    {"grace without end never blocks", grace_without_end_never_blocks},
    {"trial is half open (Q23)", trial_is_half_open},
    {"excluded before trial before none before limited",
     excluded_before_trial_before_none_before_limited},
    {"premium needs more than limited", premium_needs_more_than_limited},
    {NULL, NULL},
};

const struct unit_suite suite_access = {"access", tests};
