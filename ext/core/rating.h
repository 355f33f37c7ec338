/*
** Rating: the price of one usage under one row of the rate card.
*/
#ifndef BILLING_RATING_H
#define BILLING_RATING_H

#include <stdbool.h>
#include <stdint.h>

#define MICRO INT64_C(1000000) /* quantities are exact to 6 decimals */

enum rounding { ROUNDING_NONE, ROUNDING_UP, ROUNDING_DOWN };

struct rate {
  int64_t units;         /* price of `per` quantity, in units */
  int64_t per_micro;     /* > 0 */
  int64_t minimum_micro; /* smallest quantity billed */
  enum rounding rounding;
  bool sold;             /* false: from here on there is no price */
};

/*
** Price of `quantity_micro` (>= 0) in units, half up where the rate does not divide, then times the
** factor of the outcome (Q5). False when the price does not fit 64 bits. Whole packages of `per` are
** counted before pricing when the row rounds (Q3).
*/
bool rate_price(const struct rate *rate, int64_t quantity_micro, int64_t factor_micro,
                int64_t *units);

#endif
