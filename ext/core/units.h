/*
** Exact amounts. 1 token = 3,600,000 units, so that every published rate is a whole number of
** units per millisecond, photo, job or megapixel. All arithmetic is checked: a result that does not
** fit is reported, never wrapped.
**
** A double is read as the decimal of 15 significant digits that it stands for (0.1 is one tenth):
** that many digits survive any trip through SQL, so what a user typed is what is counted.
*/
#ifndef BILLING_UNITS_H
#define BILLING_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#define UNITS_PER_TOKEN INT64_C(3600000)
#define MICRO_PER_ONE INT64_C(1000000)
#define MAX_TOKENS 1e12   /* largest amount of tokens that a fact may name */
#define MAX_QUANTITY 1e12 /* largest quantity of a usage */

/* All functions return false when the result does not fit (or the input is refused); *out is then
** untouched. */
bool units_add(int64_t a, int64_t b, int64_t *out);
bool units_sub(int64_t a, int64_t b, int64_t *out);
bool units_mul(int64_t a, int64_t b, int64_t *out);

/* a * b / c, rounded half up, for a, b >= 0 and c > 0 (false otherwise); the product may exceed 64
** bits, the result may not. */
bool units_mul_div(int64_t a, int64_t b, int64_t c, int64_t *out);

/* The sum of all a * b, divided by c > 0 and rounded half up once; a, b >= 0. */
struct units_product {
  int64_t a, b;
};
bool units_sum_div(const struct units_product *products, int count, int64_t c, int64_t *out);

/* The nearest unit, half up (toward plus infinity). False for NaN and infinities. */
bool units_from_tokens(double tokens, int64_t *out);
bool units_from_whole_tokens(int64_t tokens, int64_t *out);

/* The nearest double: exact to the digits that a double can show. */
double units_to_tokens(int64_t units);

/* Millionths, nearest, half up. False for NaN, negative and above MAX_QUANTITY. */
bool quantity_to_micro(double quantity, int64_t *out);

#endif
