#include "unit.h"

#include "core/rating.h"
#include "core/units.h"

#define TOKENS(n) ((n)*UNITS_PER_TOKEN)

static int64_t price(struct rate rate, int64_t quantity_micro, int64_t factor_micro) {
  int64_t units = -1;
  CU_ASSERT(rate_price(&rate, quantity_micro, factor_micro, &units));
  return units;
}

/* T11: a second of an hourly rate is exact, so 3,600 of them are 2 tokens, not 2.0016. */
static void seconds_add_up_to_the_hour(void) {
  const struct rate hourly = {TOKENS(2), 3600 * MICRO, 0, ROUNDING_NONE, true};
  CU_ASSERT_EQUAL(price(hourly, MICRO, MICRO) * 3600, TOKENS(2));
  CU_ASSERT_EQUAL(price(hourly, 1000, MICRO), 2); /* a millisecond */
  CU_ASSERT_EQUAL(price(hourly, 217 * MICRO, MICRO), 434000);
}

/* Q3: photos are pro-rated; whole packages are one setting away. */
static void packages_round_as_told(void) {
  struct rate photos = {TOKENS(1), 50 * MICRO, 0, ROUNDING_NONE, true};
  CU_ASSERT_EQUAL(price(photos, MICRO, MICRO), 72000);
  photos.rounding = ROUNDING_UP;
  CU_ASSERT_EQUAL(price(photos, MICRO, MICRO), TOKENS(1));
  CU_ASSERT_EQUAL(price(photos, 50 * MICRO, MICRO), TOKENS(1));
  CU_ASSERT_EQUAL(price(photos, 50 * MICRO + 1, MICRO), TOKENS(2));
  CU_ASSERT_EQUAL(price(photos, 0, MICRO), 0);
  photos.rounding = ROUNDING_DOWN;
  CU_ASSERT_EQUAL(price(photos, 50 * MICRO - 1, MICRO), 0);
  CU_ASSERT_EQUAL(price(photos, 149 * MICRO, MICRO), TOKENS(2));
}

static void the_minimum_is_billed(void) {
  const struct rate minute = {TOKENS(6), 3600 * MICRO, 60 * MICRO, ROUNDING_NONE, true};
  CU_ASSERT_EQUAL(price(minute, MICRO, MICRO), 360000);
  CU_ASSERT_EQUAL(price(minute, 0, MICRO), 360000);
  CU_ASSERT_EQUAL(price(minute, 61 * MICRO, MICRO), 366000);
}

/* Q5: failed work costs nothing. */
static void outcomes_scale_the_price(void) {
  const struct rate job = {TOKENS(1) / 2, MICRO, 0, ROUNDING_NONE, true};
  CU_ASSERT_EQUAL(price(job, MICRO, 0), 0);
  CU_ASSERT_EQUAL(price(job, MICRO, MICRO / 4), TOKENS(1) / 8);
}

static void a_rate_that_does_not_divide_rounds_half_up(void) {
  const struct rate seventh = {TOKENS(1), 7 * MICRO, 0, ROUNDING_NONE, true};
  const struct rate half = {1, 2 * MICRO, 0, ROUNDING_NONE, true};
  CU_ASSERT_EQUAL(price(seventh, MICRO, MICRO), 514286);
  CU_ASSERT_EQUAL(price(half, MICRO, MICRO), 1);
}

static void a_price_beyond_64_bits_is_refused(void) {
  const struct rate huge = {INT64_MAX, MICRO, 0, ROUNDING_NONE, true};
  const struct rate packages = {INT64_MAX, MICRO, 0, ROUNDING_UP, true};
  int64_t units;
  CU_ASSERT(rate_price(&huge, MICRO, MICRO, &units) && units == INT64_MAX);
  CU_ASSERT_FALSE(rate_price(&huge, MICRO + 1, MICRO, &units));
  CU_ASSERT_FALSE(rate_price(&packages, 2 * MICRO, MICRO, &units));
}

static const struct unit_test tests[] = {
    {"seconds add up to the hour", seconds_add_up_to_the_hour},
    {"packages round as told", packages_round_as_told},
    {"the minimum is billed", the_minimum_is_billed},
    {"outcomes scale the price", outcomes_scale_the_price},
    {"a rate that does not divide rounds half up", a_rate_that_does_not_divide_rounds_half_up},
    {"a price beyond 64 bits is refused", a_price_beyond_64_bits_is_refused},
    {NULL, NULL},
};

const struct unit_suite suite_rating = {"rating", tests};
