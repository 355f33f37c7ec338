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
  CU_ASSERT_FALSE(rate_price(&huge, MICRO, 2 * MICRO, &units)); /* by its factor */
  CU_ASSERT_FALSE(rate_price(&packages, 2 * MICRO, MICRO, &units));
  CU_ASSERT_FALSE(rate_price(&packages, MICRO, 2 * MICRO, &units));
}

/* Price of one more usage of a meter; -1 when refused. */
static int64_t metered(const struct rate *rate, int64_t quantity_micro, int64_t month,
                       struct meter *meter) {
  int64_t units = -1;
  rate_price_metered(rate, quantity_micro, MICRO, month, meter, &units);
  return units;
}

/*
** D119: the part of a usage beyond a mark costs what the tier says, and a month begins below all.
*/
static void tiers_count_the_month(void) {
  static const struct tier tiers[] = {{10 * MICRO, 50}, {30 * MICRO, 20}};
  const struct rate rate = {100, MICRO, 0, ROUNDING_NONE, true, true, tiers, 2};
  struct meter meter = {7, 0, 0};
  CU_ASSERT_EQUAL(metered(&rate, 8 * MICRO, 7, &meter), 800);
  CU_ASSERT_EQUAL(metered(&rate, 2 * MICRO, 7, &meter), 200);
  CU_ASSERT_EQUAL(metered(&rate, MICRO, 7, &meter), 50);
  CU_ASSERT_EQUAL(metered(&rate, 20 * MICRO, 7, &meter), 19 * 50 + 20);
  CU_ASSERT_EQUAL(meter.month_micro, 31 * MICRO);
  CU_ASSERT_EQUAL(metered(&rate, 35 * MICRO, 8, &meter), 1000 + 1000 + 100);
  CU_ASSERT_EQUAL(meter.month, 8);
  CU_ASSERT_EQUAL(meter.month_micro, 35 * MICRO);
  CU_ASSERT_EQUAL(price(rate, 35 * MICRO, MICRO), 2100); /* in isolation: a month of its own */
  CU_ASSERT_EQUAL(price(rate, 35 * MICRO, MICRO / 2), 1050);
  const struct rate fine = {100 * MICRO, MICRO, 0, ROUNDING_NONE, true, true, tiers, 1};
  CU_ASSERT_EQUAL(price(fine, 11 * MICRO, MICRO), 1000 * MICRO + 50); /* to the millionth */
}

static void what_a_package_lacks_is_carried(void) {
  const struct rate photos = {TOKENS(1), 50 * MICRO, 0, ROUNDING_CARRY, true, true};
  struct meter meter = {7, 0, 0};
  CU_ASSERT_EQUAL(metered(&photos, 49 * MICRO, 7, &meter), 0);
  CU_ASSERT_EQUAL(meter.carry_micro, 49 * MICRO);
  CU_ASSERT_EQUAL(metered(&photos, 2 * MICRO, 8, &meter), TOKENS(1)); /* from month to month */
  CU_ASSERT_EQUAL(meter.carry_micro, MICRO);
  CU_ASSERT_EQUAL(meter.month_micro, 50 * MICRO);
}

static void the_minimum_is_counted_in_packages(void) {
  const struct rate photos = {TOKENS(1), 50 * MICRO, 60 * MICRO, ROUNDING_UP, true};
  CU_ASSERT_EQUAL(price(photos, MICRO, MICRO), TOKENS(2));
  CU_ASSERT_EQUAL(price(photos, 101 * MICRO, MICRO), TOKENS(3));
}

static void a_quantity_beyond_64_bits_is_refused(void) {
  const struct rate none = {1, MICRO, 0, ROUNDING_NONE, true, true};
  const struct rate up = {1, MICRO, 0, ROUNDING_UP, true, true};
  const struct rate carry = {1, MICRO, 0, ROUNDING_CARRY, true, true};
  struct meter meter = {7, 1, 1};
  CU_ASSERT_EQUAL(metered(&none, INT64_MAX, 7, &meter), -1);
  CU_ASSERT_EQUAL(metered(&up, INT64_MAX, 7, &meter), -1);
  CU_ASSERT_EQUAL(metered(&carry, INT64_MAX, 7, &meter), -1);
}

static const struct unit_test tests[] = {
    {"seconds add up to the hour", seconds_add_up_to_the_hour},
    {"packages round as told", packages_round_as_told},
    {"the minimum is billed", the_minimum_is_billed},
    {"outcomes scale the price", outcomes_scale_the_price},
    {"a rate that does not divide rounds half up", a_rate_that_does_not_divide_rounds_half_up},
    {"tiers count the month (D119)", tiers_count_the_month},
    {"what a package lacks is carried", what_a_package_lacks_is_carried},
    {"the minimum is counted in packages", the_minimum_is_counted_in_packages},
    {"a quantity beyond 64 bits is refused", a_quantity_beyond_64_bits_is_refused},
    {"a price beyond 64 bits is refused", a_price_beyond_64_bits_is_refused},
    {NULL, NULL},
};

const struct unit_suite suite_rating = {"rating", tests};
