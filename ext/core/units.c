#include "units.h"

#include <math.h>

bool units_add(int64_t a, int64_t b, int64_t *out) {
  if (b > 0 ? a > INT64_MAX - b : a < INT64_MIN - b) return false;
  *out = a + b;
  return true;
}

bool units_sub(int64_t a, int64_t b, int64_t *out) {
  if (b < 0 ? a > INT64_MAX + b : a < INT64_MIN + b) return false;
  *out = a - b;
  return true;
}

/* |v|, also of INT64_MIN. */
static uint64_t magnitude(int64_t v) {
  return v < 0 ? UINT64_C(0) - (uint64_t)v : (uint64_t)v;
}

/* Gives a magnitude its sign, if the result fits. */
static bool with_sign(uint64_t m, bool negative, int64_t *out) {
  if (m > (uint64_t)INT64_MAX + (negative ? 1u : 0u)) return false;
  *out = !negative ? (int64_t)m : m == 0 ? 0 : -(int64_t)(m - 1) - 1;
  return true;
}

/* By magnitudes: overflow of unsigned numbers is defined, and a division shows it. */
bool units_mul(int64_t a, int64_t b, int64_t *out) {
  uint64_t x = magnitude(a), y = magnitude(b);
  if (y != 0 && x > UINT64_MAX / y) return false;
  return with_sign(x * y, (a < 0) != (b < 0), out);
}

struct wide {
  uint64_t high, low;
};

/* A product of 64 by 64 bits, in halves of 32: C11 has no wider type. */
static struct wide wide_mul(uint64_t a, uint64_t b) {
  uint64_t a0 = a & UINT32_MAX, a1 = a >> 32;
  uint64_t b0 = b & UINT32_MAX, b1 = b >> 32;
  uint64_t low = a0 * b0;
  uint64_t middle = a1 * b0 + (low >> 32);
  uint64_t cross = a0 * b1 + (middle & UINT32_MAX);
  struct wide product = {a1 * b1 + (middle >> 32) + (cross >> 32),
                         (cross << 32) | (low & UINT32_MAX)};
  return product;
}

/* Quotient of w / c, c < 2^63, by shift and subtract; false when it needs more than 64 bits. */
static bool wide_div(struct wide w, uint64_t c, uint64_t *quotient) {
  uint64_t rest = w.high, low = w.low;
  if (rest >= c) return false;
  for (int bit = 0; bit < 64; bit++) {
    rest = (rest << 1) | (low >> 63);
    low <<= 1;
    if (rest >= c) {
      rest -= c;
      low |= 1;
    }
  }
  *quotient = low;
  return true;
}

/* (a * b + bias) / c, where bias < c < 2^63. */
static bool mul_div(uint64_t a, uint64_t b, uint64_t c, uint64_t bias, uint64_t *out) {
  struct wide w = wide_mul(a, b);
  w.low += bias;
  if (w.low < bias) w.high++;
  if (w.high != 0) return wide_div(w, c, out);
  *out = w.low / c;
  return true;
}

static bool wide_add(struct wide *sum, struct wide more) {
  uint64_t low = sum->low + more.low;
  uint64_t carry = low < more.low;
  if (sum->high > UINT64_MAX - more.high - carry) return false;
  sum->high += more.high + carry;
  sum->low = low;
  return true;
}

/* Half of c is added first, so that the division rounds half up, once for the whole sum. */
bool units_sum_div(const struct units_product *products, int count, int64_t c, int64_t *out) {
  struct wide sum = {0, (uint64_t)c / 2};
  uint64_t quotient;
  if (c <= 0) return false;
  for (int i = 0; i < count; i++) {
    if (products[i].a < 0 || products[i].b < 0) return false;
    if (!wide_add(&sum, wide_mul((uint64_t)products[i].a, (uint64_t)products[i].b))) return false;
  }
  if (sum.high == 0) return with_sign(sum.low / (uint64_t)c, false, out);
  return wide_div(sum, (uint64_t)c, &quotient) && with_sign(quotient, false, out);
}

bool units_mul_div(int64_t a, int64_t b, int64_t c, int64_t *out) {
  uint64_t quotient;
  if (a < 0 || b < 0 || c <= 0) return false;
  if (!mul_div((uint64_t)a, (uint64_t)b, (uint64_t)c, (uint64_t)c / 2, &quotient)) return false;
  /* With an odd c, c / 2 lacks half a step: a remainder of exactly one half cannot occur then. */
  return with_sign(quotient, false, out);
}

/* A decimal number, digits / 10^places, of 15 significant digits (fewer below 1). */
struct decimal {
  uint64_t digits;
  int places;
};

static const int64_t power_of_ten[] = {
    INT64_C(1),
    INT64_C(10),
    INT64_C(100),
    INT64_C(1000),
    INT64_C(10000),
    INT64_C(100000),
    INT64_C(1000000),
    INT64_C(10000000),
    INT64_C(100000000),
    INT64_C(1000000000),
    INT64_C(10000000000),
    INT64_C(100000000000),
    INT64_C(1000000000000),
    INT64_C(10000000000000),
    INT64_C(100000000000000),
    INT64_C(1000000000000000),
};

/* 0 <= value < 2^63, rounded half up. */
static uint64_t nearest(double value) {
  int64_t whole = (int64_t)value;
  return (uint64_t)whole + (value - (double)whole >= 0.5 ? 1u : 0u);
}

/* Reads 0 <= value < 1e15 with at most `places` decimals and 15 digits. Below 1e15 the product is
** off by less than a quarter, so a decimal of 15 digits is met exactly. */
static struct decimal decimal_of(double value, int places) {
  while (value >= (double)power_of_ten[15 - places]) places--; /* ends at 0: value < 1e15 */
  struct decimal d = {nearest(value * (double)power_of_ten[places]), places};
  return d;
}

/* The double is the nearest one to this decimal: both parts are exact, so one rounding remains. */
static bool stands_for(double value, struct decimal d) {
  return (double)d.digits / (double)power_of_ten[d.places] == value;
}

/* 2^bits, of 0 <= bits < 127. */
static struct wide wide_power_of_two(int bits) {
  return wide_mul(UINT64_C(1) << bits / 2, UINT64_C(1) << (bits + 1) / 2);
}

/*
** size * UNITS_PER_TOKEN, of 0 <= size < 2^42: the exact product, rounded to the nearest unit, a
** half `down` or up. The double is mantissa / 2^shift, with a shift of 11 or more.
*/
static uint64_t units_of_binary(double size, bool down) {
  int exponent;
  uint64_t mantissa = (uint64_t)ldexp(frexp(size, &exponent), 53);
  int shift = 53 - exponent;
  if (shift > 76) return 0; /* the product is below 2^75: less than half a unit is left of it */
  struct wide product = wide_mul(mantissa, (uint64_t)UNITS_PER_TOKEN);
  struct wide half = wide_power_of_two(shift - 1);
  if (down && half.low-- == 0) half.high--;
  wide_add(&product, half);
  if (shift >= 64) return product.high >> (shift - 64);
  return product.high << (64 - shift) | product.low >> shift;
}

/* digits / 10^places * UNITS_PER_TOKEN, rounded in the same way. */
static uint64_t units_of_decimal(struct decimal d, bool down) {
  uint64_t scale = (uint64_t)power_of_ten[d.places], units = 0;
  mul_div(d.digits, (uint64_t)UNITS_PER_TOKEN, scale, down ? (scale - 1) / 2 : scale / 2, &units);
  return units;
}

bool units_from_tokens(double tokens, int64_t *out) {
  bool negative = tokens < 0;
  double size = negative ? -tokens : tokens;
  if (!(size < 0x1p42)) return false; /* NaN too; units of a smaller size fit 64 bits */
  struct decimal d = decimal_of(size, 15);
  /* Half up of a negative amount is half down of its size. */
  uint64_t units =
      stands_for(size, d) ? units_of_decimal(d, negative) : units_of_binary(size, negative);
  return with_sign(units, negative, out);
}

bool units_from_whole_tokens(int64_t tokens, int64_t *out) {
  return units_mul(tokens, UNITS_PER_TOKEN, out);
}

/*
** One division where the units are exact as a double. Beyond, whole tokens and the rest are rounded
** apart, and the sum is still the nearest double: its step is 2^-21 or more there, a rest that is
** no tie of it is at least 2^-37 away from one, and the quotient is off by less than 2^-53.
*/
double units_to_tokens(int64_t units) {
  const int64_t exact = INT64_C(1) << 53;
  if (units >= -exact && units <= exact) return (double)units / (double)UNITS_PER_TOKEN;
  return (double)(units / UNITS_PER_TOKEN) +
         (double)(units % UNITS_PER_TOKEN) / (double)UNITS_PER_TOKEN;
}

bool units_are_exact_as_tokens(int64_t units) {
  return magnitude(units) <= (uint64_t)(EXACT_TOKENS * UNITS_PER_TOKEN) ||
         units % UNITS_PER_TOKEN == 0;
}

bool tokens_are_exact_as_units(double tokens) {
  return fabs(tokens) <= (double)EXACT_TOKENS || floor(tokens) == tokens;
}

bool quantity_to_micro(double quantity, int64_t *out) {
  if (!(quantity >= 0 && quantity <= MAX_QUANTITY)) return false; /* NaN too */
  struct decimal d = decimal_of(quantity, 6);
  *out = (int64_t)d.digits * power_of_ten[6 - d.places];
  return true;
}
