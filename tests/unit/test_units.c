#include "unit.h"

#include <float.h>
#include <math.h>

#include "core/units.h"

static void adds_and_subtracts_up_to_the_limits(void) {
  int64_t out = 7;
  CU_ASSERT(units_add(INT64_MAX - 1, 1, &out) && out == INT64_MAX);
  CU_ASSERT(units_add(INT64_MIN + 1, -1, &out) && out == INT64_MIN);
  CU_ASSERT(units_add(INT64_MIN, INT64_MAX, &out) && out == -1);
  CU_ASSERT(units_sub(INT64_MIN + 1, 1, &out) && out == INT64_MIN);
  CU_ASSERT(units_sub(-1, INT64_MIN, &out) && out == INT64_MAX);
  out = 7;
  CU_ASSERT_FALSE(units_add(INT64_MAX, 1, &out));
  CU_ASSERT_FALSE(units_add(INT64_MIN, -1, &out));
  CU_ASSERT_FALSE(units_sub(INT64_MIN, 1, &out));
  CU_ASSERT_FALSE(units_sub(0, INT64_MIN, &out));
  CU_ASSERT_EQUAL(out, 7);
}

static void multiplies_up_to_the_limits(void) {
  int64_t out;
  CU_ASSERT(units_mul(INT64_MAX, -1, &out) && out == -INT64_MAX);
  CU_ASSERT(units_mul(INT64_MIN, 1, &out) && out == INT64_MIN);
  CU_ASSERT(units_mul(INT64_C(1) << 62, -2, &out) && out == INT64_MIN);
  CU_ASSERT(units_mul(INT64_MIN, 0, &out) && out == 0);
  CU_ASSERT(units_mul(-3, -5, &out) && out == 15);
  CU_ASSERT_FALSE(units_mul(INT64_MIN, -1, &out));
  CU_ASSERT_FALSE(units_mul(INT64_C(1) << 62, 2, &out));
  CU_ASSERT_FALSE(units_mul(INT64_MAX, INT64_MAX, &out));
}

static void divides_a_wide_product_half_up(void) {
  int64_t out;
  CU_ASSERT(units_mul_div(7, 1, 2, &out) && out == 4);
  CU_ASSERT(units_mul_div(1, 1, 3, &out) && out == 0);
  CU_ASSERT(units_mul_div(2, 1, 3, &out) && out == 1);
  CU_ASSERT(units_mul_div(0, INT64_MAX, 3, &out) && out == 0);
  CU_ASSERT(units_mul_div(INT64_MAX, INT64_MAX, INT64_MAX, &out) && out == INT64_MAX);
  CU_ASSERT(units_mul_div(INT64_MAX, INT64_MAX - 1, INT64_MAX, &out) && out == INT64_MAX - 1);
  /* 4e18 * 3 / 7 = 1714285714285714285.714… */
  CU_ASSERT(units_mul_div(INT64_C(4000000000000000000), 3, 7, &out));
  CU_ASSERT_EQUAL(out, INT64_C(1714285714285714286));
  /* 1e18 * 1e18 / 2e18 = 5e17, and one more in the divisor */
  const int64_t e18 = INT64_C(1000000000000000000);
  CU_ASSERT(units_mul_div(e18, e18, 2 * e18, &out) && out == e18 / 2);
  CU_ASSERT(units_mul_div(e18, e18, 2 * e18 + 1, &out) && out == e18 / 2);
  CU_ASSERT_FALSE(units_mul_div(e18, 10, 1, &out));
  CU_ASSERT_FALSE(units_mul_div(INT64_MAX, INT64_MAX, 2, &out));
  /* 2^64 - 1, and half of the divisor carries */
  CU_ASSERT(units_mul_div(INT64_C(0xFFFFFFFF), INT64_C(0x100000001), INT64_MAX, &out) && out == 2);
  CU_ASSERT(units_mul_div(INT64_C(0xFFFFFFFF), INT64_C(0x100000001), 4, &out));
  CU_ASSERT_EQUAL(out, INT64_C(1) << 62);
  CU_ASSERT_FALSE(units_mul_div(-1, 1, 1, &out));
  CU_ASSERT_FALSE(units_mul_div(1, -1, 1, &out));
  CU_ASSERT_FALSE(units_mul_div(1, 1, 0, &out));
}

static void divides_a_sum_of_products_once(void) {
  const struct units_product thirds[] = {{1, 1}, {1, 1}, {1, 1}};
  const struct units_product wide[] = {{INT64_MAX, INT64_MAX},
                                       {INT64_MAX, INT64_MAX},
                                       {INT64_MAX, INT64_MAX},
                                       {INT64_MAX, INT64_MAX},
                                       {INT64_MAX, INT64_MAX}};
  const struct units_product carry[] = {{INT64_C(0xFFFFFFFF), INT64_C(0x100000001)}, {3, 1}};
  const struct units_product first[] = {{-1, 1}}, second[] = {{1, -1}};
  int64_t out = 7;
  CU_ASSERT_FALSE(units_sum_div(thirds, 3, 0, &out));
  CU_ASSERT_FALSE(units_sum_div(first, 1, 1, &out));
  CU_ASSERT_FALSE(units_sum_div(second, 1, 1, &out));
  CU_ASSERT_FALSE(units_sum_div(wide, 5, INT64_MAX, &out)); /* the sum is beyond 128 bits */
  CU_ASSERT_FALSE(units_sum_div(wide, 1, 1, &out));         /* the quotient beyond 64 */
  CU_ASSERT_FALSE(units_sum_div(wide, 1, INT64_MAX - 1, &out));
  CU_ASSERT_EQUAL(out, 7);
  CU_ASSERT(units_sum_div(thirds, 0, 3, &out) && out == 0);
  CU_ASSERT(units_sum_div(thirds, 1, 3, &out) && out == 0);
  CU_ASSERT(units_sum_div(thirds, 2, 3, &out) && out == 1);
  CU_ASSERT(units_sum_div(thirds, 3, 2, &out) && out == 2);
  CU_ASSERT(units_sum_div(wide, 1, INT64_MAX, &out) && out == INT64_MAX);
  CU_ASSERT(units_sum_div(carry, 2, 4, &out) && out == (INT64_C(1) << 62) + 1); /* 2^64 + 2 */
}

static int64_t units_of(double tokens) {
  int64_t out = -1;
  CU_ASSERT_TRUE(units_from_tokens(tokens, &out));
  return out;
}

static void reads_tokens_as_the_decimal_they_stand_for(void) {
  CU_ASSERT_EQUAL(units_of(0), 0);
  CU_ASSERT_EQUAL(units_of(-0.0), 0);
  CU_ASSERT_EQUAL(units_of(0.1), 360000);
  CU_ASSERT_EQUAL(units_of(0.12), 432000);
  CU_ASSERT_EQUAL(units_of(45.12), 162432000);
  CU_ASSERT_EQUAL(units_of(1.0 / 3), 1200000);
  CU_ASSERT_EQUAL(units_of(999999999999.9), INT64_C(3599999999999640000));
  CU_ASSERT_EQUAL(units_of(1e12), INT64_C(3600000000000000000));
  CU_ASSERT_EQUAL(units_of(DBL_MIN), 0);
  CU_ASSERT_EQUAL(units_of(0.00000125), 5); /* 4.5 units: half up */
  CU_ASSERT_EQUAL(units_of(-0.00000125), -4);
  CU_ASSERT_EQUAL(units_of(1000.00000125), INT64_C(3600000005));
  CU_ASSERT_EQUAL(units_of(-2.5), -9000000);
}

static void refuses_tokens_that_are_no_amount(void) {
  int64_t out = 7;
  CU_ASSERT_FALSE(units_from_tokens((double)NAN, &out));
  CU_ASSERT_FALSE(units_from_tokens((double)INFINITY, &out));
  CU_ASSERT_FALSE(units_from_tokens(-(double)INFINITY, &out));
  CU_ASSERT_FALSE(units_from_tokens(2.6e12, &out));
  CU_ASSERT_FALSE(units_from_tokens(4398046511103.5, &out));
  CU_ASSERT_FALSE(units_from_tokens(4398046511104.0, &out));
  CU_ASSERT_FALSE(units_from_tokens(-2.6e12, &out));
  CU_ASSERT_FALSE(units_from_tokens(DBL_MAX, &out));
  CU_ASSERT_EQUAL(out, 7);
  CU_ASSERT(units_from_whole_tokens(-3, &out) && out == -10800000);
  CU_ASSERT_FALSE(units_from_whole_tokens(INT64_MAX / 1000000, &out));
}

/* Where no decimal of 15 digits stands for a double, its exact value counts. */
static void reads_any_other_double_at_its_exact_value(void) {
  CU_ASSERT_EQUAL(units_of(137085048.78007722), INT64_C(493506175608278));
  CU_ASSERT_EQUAL(units_of(100000000.00390625), INT64_C(360000000014063)); /* .0625 and a half */
  CU_ASSERT_EQUAL(units_of(-100000000.00390625), INT64_C(-360000000014062));
  CU_ASSERT_EQUAL(units_of(nextafter(100000000.00390625, 0)), INT64_C(360000000014062));
  CU_ASSERT_EQUAL(units_of(nextafter(-100000000.00390625, -1e9)), INT64_C(-360000000014063));
  CU_ASSERT_EQUAL(units_of(2147483648.0000005), INT64_C(7730941132800002));    /* 2^31 + 2^-21 */
  CU_ASSERT_EQUAL(units_of(nextafter(1e12, 0)), INT64_C(3599999999999999561)); /* 439.45 less */
  CU_ASSERT_EQUAL(units_of(DBL_TRUE_MIN), 0);
  CU_ASSERT_EQUAL(units_of(-DBL_TRUE_MIN), 0);
  CU_ASSERT_EQUAL(units_of(0x1p-24), 0);     /* 0.21 units */
  CU_ASSERT_EQUAL(units_of(-0x1.8p-23), -1); /* 0.64 units */
  CU_ASSERT_EQUAL(units_of(0x1.0000001p-22), 1);
  CU_ASSERT_EQUAL(units_of(-0x1.0000001p-40), 0);
}

static void shows_units_as_tokens(void) {
  CU_ASSERT_EQUAL(units_to_tokens(0), 0);
  CU_ASSERT_EQUAL(units_to_tokens(360000), 0.1);
  CU_ASSERT_EQUAL(units_to_tokens(162432000), 45.12);
  CU_ASSERT_EQUAL(units_to_tokens(-1), -1 / 3600000.0);
  CU_ASSERT_EQUAL(units_to_tokens(INT64_C(3600000000000000000)), 1e12);
  CU_ASSERT_EQUAL(units_to_tokens(INT64_MIN), -2562047788015.2153);
}

#define EXACT_UNITS (EXACT_TOKENS * UNITS_PER_TOKEN)

static void returns(int64_t units) {
  double tokens = units_to_tokens(units);
  CU_ASSERT_EQUAL_FATAL(units_of(tokens), units);
  CU_ASSERT_EQUAL_FATAL(units_of(-tokens), -units);
  CU_ASSERT_FATAL(units_are_exact_as_tokens(units) && units_are_exact_as_tokens(-units));
  CU_ASSERT_FATAL(tokens_are_exact_as_units(tokens) && tokens_are_exact_as_units(-tokens));
}

/* There and back, and the neighbours have doubles of their own. */
static void survives(int64_t units) {
  returns(units);
  CU_ASSERT_FATAL(units_to_tokens(units) < units_to_tokens(units + 1));
  CU_ASSERT_FATAL(units_to_tokens(units) > units_to_tokens(units - 1));
}

static uint64_t next_random(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return *state >> 11;
}

static void every_unit_up_to_the_limit_survives_the_way_through_tokens(void) {
  uint64_t random = 20250730;
  for (int64_t power = 1; power < EXACT_UNITS; power *= 2) {
    for (int64_t units = power - 500; units <= power + 500; units++) survives(units);
  }
  for (int64_t power = 1; power < EXACT_TOKENS; power *= 2) {
    int64_t middle = power * UNITS_PER_TOKEN;
    for (int64_t units = middle - 500; units <= middle + 500; units++) survives(units);
  }
  for (int64_t units = EXACT_UNITS - 100000; units <= EXACT_UNITS; units++) survives(units);
  for (int i = 0; i < 1000000; i++) {
    survives((int64_t)(next_random(&random) % (uint64_t)EXACT_UNITS) >> i % 40);
  }
  survives(INT64_C(493506175608278));
}

/*
** Nearest: twice the distance to it is not more than a step, in 2^-22 tokens and units of 128
** bits.
*/
static void beyond_the_limit_tokens_are_the_nearest_double(void) {
  uint64_t random = 7;
  for (int i = 0; i < 300000; i++) {
    int64_t units = (int64_t)(next_random(&random) << 10 >> i % 11);
    if (units < EXACT_UNITS) units = EXACT_UNITS + i;
    if (i % 3 == 0) units -= units % 28125; /* a tie now and then */
    double tokens = units_to_tokens(units), whole = floor(tokens);
    /* Both times 2^22, less the whole tokens, so that they fit: 3,600,000 * 2^22 < 2^44. */
    int64_t shown = (int64_t)((tokens - whole) * 0x1p22) * UNITS_PER_TOKEN;
    int64_t meant = (units - (int64_t)whole * UNITS_PER_TOKEN) * (INT64_C(1) << 22);
    int64_t up = (int64_t)((nextafter(tokens, INFINITY) - tokens) * 0x1p22) * UNITS_PER_TOKEN;
    int64_t down = (int64_t)((tokens - nextafter(tokens, 0)) * 0x1p22) * UNITS_PER_TOKEN;
    CU_ASSERT_FATAL(meant > shown ? 2 * (meant - shown) <= up : 2 * (shown - meant) <= down);
    bool tie = 2 * (meant - shown) == up || 2 * (shown - meant) == down;
    if (tie) CU_ASSERT_FATAL((int64_t)ldexp(frexp(tokens, &(int){0}), 53) % 2 == 0);
    CU_ASSERT_EQUAL_FATAL(units_to_tokens(-units), -tokens);
  }
}

static void beyond_the_limit_whole_tokens_are_exact(void) {
  const int64_t most = INT64_MAX / UNITS_PER_TOKEN;
  CU_ASSERT_FALSE(units_are_exact_as_tokens(EXACT_UNITS + 1));
  CU_ASSERT_FALSE(units_are_exact_as_tokens(-EXACT_UNITS - 1));
  CU_ASSERT_FALSE(units_are_exact_as_tokens(INT64_MAX));
  CU_ASSERT_FALSE(units_are_exact_as_tokens(INT64_MIN));
  CU_ASSERT_FALSE(tokens_are_exact_as_units(nextafter((double)EXACT_TOKENS, 1e12)));
  CU_ASSERT_FALSE(tokens_are_exact_as_units(-2147483648.5));
  CU_ASSERT_EQUAL(units_to_tokens(EXACT_UNITS + 1), units_to_tokens(EXACT_UNITS + 2));
  for (int64_t tokens = EXACT_TOKENS; tokens < most; tokens += tokens / 1000) {
    returns(tokens * UNITS_PER_TOKEN);
  }
  returns(most * UNITS_PER_TOKEN);
}

static int64_t micro_of(double quantity) {
  int64_t out = -1;
  CU_ASSERT_TRUE(quantity_to_micro(quantity, &out));
  return out;
}

/* Of 15 digits fewer decimals are left, the larger the quantity is. */
static void large_quantities_keep_their_decimals(void) {
  CU_ASSERT_EQUAL(micro_of(999999999.125), INT64_C(999999999125000));
  CU_ASSERT_EQUAL(micro_of(1000000000.5), INT64_C(1000000000500000));
  CU_ASSERT_EQUAL(micro_of(10000000000.5), INT64_C(10000000000500000));
  CU_ASSERT_EQUAL(micro_of(100000000000.5), INT64_C(100000000000500000));
  CU_ASSERT_EQUAL(micro_of(999999999999), INT64_C(999999999999000000));
  CU_ASSERT_EQUAL(micro_of(1e12), INT64_C(1000000000000000000));
}

static void reads_quantities_to_six_decimals(void) {
  int64_t out = 7;
  CU_ASSERT_EQUAL(micro_of(0), 0);
  CU_ASSERT_EQUAL(micro_of(1), 1000000);
  CU_ASSERT_EQUAL(micro_of(217.773), 217773000);
  CU_ASSERT_EQUAL(micro_of(0.000001), 1);
  CU_ASSERT_EQUAL(micro_of(0.0000005), 1);
  CU_ASSERT_EQUAL(micro_of(0.0000004), 0);
  CU_ASSERT_EQUAL(micro_of(999999999.999999), INT64_C(999999999999999));
  CU_ASSERT_EQUAL(micro_of(12345678901.3), INT64_C(12345678901300000));
  CU_ASSERT_EQUAL(micro_of(1e12), INT64_C(1000000000000000000));
  CU_ASSERT_FALSE(quantity_to_micro(1.0000001e12, &out));
  CU_ASSERT_FALSE(quantity_to_micro(-1e-9, &out));
  CU_ASSERT_FALSE(quantity_to_micro((double)NAN, &out));
  CU_ASSERT_FALSE(quantity_to_micro((double)INFINITY, &out));
  CU_ASSERT_EQUAL(out, 7);
}

static const struct unit_test tests[] = {
    {"adds and subtracts up to the limits", adds_and_subtracts_up_to_the_limits},
    {"multiplies up to the limits", multiplies_up_to_the_limits},
    {"divides a wide product half up", divides_a_wide_product_half_up},
    {"divides a sum of products once", divides_a_sum_of_products_once},
    {"reads tokens as the decimal they stand for", reads_tokens_as_the_decimal_they_stand_for},
    {"refuses tokens that are no amount", refuses_tokens_that_are_no_amount},
    {"reads any other double at its exact value", reads_any_other_double_at_its_exact_value},
    {"shows units as tokens", shows_units_as_tokens},
    {"every unit up to the limit survives the way through tokens",
     every_unit_up_to_the_limit_survives_the_way_through_tokens},
    {"beyond the limit tokens are the nearest double",
     beyond_the_limit_tokens_are_the_nearest_double},
    {"beyond the limit whole tokens are exact", beyond_the_limit_whole_tokens_are_exact},
    {"reads quantities to six decimals", reads_quantities_to_six_decimals},
    {"large quantities keep their decimals", large_quantities_keep_their_decimals},
    {NULL, NULL},
};

const struct unit_suite suite_units = {"units", tests};
