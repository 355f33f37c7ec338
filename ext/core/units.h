/*
** Exact amounts. 1 token = 3,600,000 units, so that every published rate is a whole number of
** units per millisecond, photo, job or megapixel. All arithmetic is checked: a result that does not
** fit is reported, never wrapped.
**
** A double is read as the decimal of 15 significant digits that it stands for (0.1 is one tenth):
** that many digits survive any trip through SQL, so what a user typed is what is counted. A double
** that no such decimal stands for, such as a third or what a computation left, counts as it is.
**
** Tokens as a double distinguish every unit up to 2^31 tokens, 7,730,941,132,800,000 units, either
** way: up to there doubles lie 2^-22 tokens apart or closer, which is less than a unit, 1 /
** 3,600,000, so no two units share a double. And the nearest unit of a unit's double is that unit:
** it is half a step off, or a whole step where a decimal is read, less than half a unit below 2^30
** tokens; above, a decimal of 15 digits has five places or fewer and is a whole number of units
** itself. From 2^31 tokens on doubles lie 2^-21 apart, more than a unit: only whole tokens are
** exact there.
*/
#ifndef BILLING_UNITS_H
#define BILLING_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#define UNITS_PER_TOKEN INT64_C(3600000)
#define EXACT_TOKENS (INT64_C(1) << 31) /* the largest amount whose units a double can hold */
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

/* The nearest double; of two that are equally near, the even one. Never fails: it is what shows. */
double units_to_tokens(int64_t units);

/*
** Up to EXACT_TOKENS either way, and whole tokens beyond: units for which units_from_tokens()
** undoes units_to_tokens(), and the finite amounts of tokens that can mean one number of units
** alone.
*/
bool units_are_exact_as_tokens(int64_t units);
bool tokens_are_exact_as_units(double tokens);

/* Millionths, nearest, half up. False for NaN, negative and above MAX_QUANTITY. */
bool quantity_to_micro(double quantity, int64_t *out);

#endif
