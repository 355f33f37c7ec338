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
  CU_ASSERT_FALSE(units_mul_div(-1, 1, 1, &out));
  CU_ASSERT_FALSE(units_mul_div(1, 1, 0, &out));
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
  CU_ASSERT_FALSE(units_from_tokens(-2.6e12, &out));
  CU_ASSERT_FALSE(units_from_tokens(DBL_MAX, &out));
  CU_ASSERT_EQUAL(out, 7);
  CU_ASSERT(units_from_whole_tokens(-3, &out) && out == -10800000);
  CU_ASSERT_FALSE(units_from_whole_tokens(INT64_MAX / 1000000, &out));
}

static void shows_units_as_tokens(void) {
  CU_ASSERT_EQUAL(units_to_tokens(0), 0);
  CU_ASSERT_EQUAL(units_to_tokens(360000), 0.1);
  CU_ASSERT_EQUAL(units_to_tokens(162432000), 45.12);
  CU_ASSERT_EQUAL(units_to_tokens(-1), -1 / 3600000.0);
  CU_ASSERT_EQUAL(units_to_tokens(INT64_C(3600000000000000000)), 1e12);
  CU_ASSERT_EQUAL(units_to_tokens(INT64_MIN), -2562047788015.2153);
}

/* Any whole number of units survives the way through tokens, up to 15 digits. */
static void units_survive_the_way_through_tokens(void) {
  uint64_t random = 20250730;
  for (int i = 0; i < 100000; i++) {
    random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    int64_t units = (int64_t)(random >> 14);
    if (i % 2)
      units = -(units >> (i % 40));
    else
      units >>= i % 40;
    if (units > INT64_C(360000000000000) || units < -INT64_C(360000000000000)) units /= 4;
    CU_ASSERT_EQUAL_FATAL(units_of(units_to_tokens(units)), units);
  }
}

static int64_t micro_of(double quantity) {
  int64_t out = -1;
  CU_ASSERT_TRUE(quantity_to_micro(quantity, &out));
  return out;
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
    {"reads tokens as the decimal they stand for", reads_tokens_as_the_decimal_they_stand_for},
    {"refuses tokens that are no amount", refuses_tokens_that_are_no_amount},
    {"shows units as tokens", shows_units_as_tokens},
    {"units survive the way through tokens", units_survive_the_way_through_tokens},
    {"reads quantities to six decimals", reads_quantities_to_six_decimals},
    {NULL, NULL},
};

const struct unit_suite suite_units = {"units", tests};
