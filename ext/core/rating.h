/*
** Rating: the price of one usage under one row of the rate card.
*/
#ifndef BILLING_RATING_H
#define BILLING_RATING_H

#include <stdbool.h>
#include <stdint.h>

#define MICRO INT64_C(1000000) /* quantities are exact to 6 decimals */
#define TIERS_MAX 32           /* of one row of the rate card */

enum rounding { ROUNDING_NONE, ROUNDING_UP, ROUNDING_DOWN, ROUNDING_CARRY };

/* Beyond `above_micro` of a calendar month the price of `per` is this. */
struct tier {
  int64_t above_micro;
  int64_t units;
};

struct rate {
  int64_t units;         /* price of `per` quantity, in units */
  int64_t per_micro;     /* > 0 */
  int64_t minimum_micro; /* smallest quantity billed */
  enum rounding rounding;
  bool sold;    /* false: from here on there is no price */
  bool metered; /* some row of this api and sku has tiers or carries: see struct meter */
  const struct tier *tiers; /* by above_micro */
  int tier_count;
};

/* What a wallet has used of one metered api and sku (D119). */
struct meter {
  int64_t month;       /* calendar month that month_micro is of */
  int64_t month_micro; /* quantity billed in it so far */
  int64_t carry_micro; /* part of a package not billed yet: it rolls over from month to month */
};

/*
** Price of `quantity_micro` (>= 0) in units, in isolation: as the first usage of a month, with
** nothing carried over. Half up where the rate does not divide, then times the factor of the
** outcome (Q5). Whole packages of `per` are counted before pricing when the row rounds (Q3). False
** when the price does not fit 64 bits.
*/
bool rate_price(const struct rate *rate, int64_t quantity_micro, int64_t factor_micro,
                int64_t *units);

/* The same after what the meter says of `month`; the meter moves on. */
bool rate_price_metered(const struct rate *rate, int64_t quantity_micro, int64_t factor_micro,
                        int64_t month, struct meter *meter, int64_t *units);

#endif
