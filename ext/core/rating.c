#include "core/rating.h"

#include "core/units.h"

/* The quantity that is billed now; what `carry` holds back goes to *carry_micro. */
static bool billed_quantity(const struct rate *rate, int64_t quantity_micro, int64_t *carry_micro,
                            int64_t *billed) {
  int64_t packages, rest;
  if (quantity_micro < rate->minimum_micro) quantity_micro = rate->minimum_micro;
  *billed = quantity_micro;
  if (rate->rounding == ROUNDING_NONE) return true;
  if (rate->rounding == ROUNDING_CARRY &&
      !units_add(quantity_micro, *carry_micro, &quantity_micro)) {
    return false;
  }
  packages = quantity_micro / rate->per_micro;
  rest = quantity_micro % rate->per_micro;
  if (rate->rounding == ROUNDING_UP && rest > 0) packages++;
  if (rate->rounding == ROUNDING_CARRY) *carry_micro = rest;
  return units_mul(packages, rate->per_micro, billed);
}

/* The part of [from, to) that lies in [low, high). */
static int64_t overlap(int64_t from, int64_t to, int64_t low, int64_t high) {
  if (from < low) from = low;
  if (to > high) to = high;
  return to > from ? to - from : 0;
}

/* Each part of [from, to) of the month at the price of its tier, rounded once. */
static bool graduated_price(const struct rate *rate, int64_t from, int64_t to, int64_t *units) {
  struct units_product parts[TIERS_MAX + 1];
  int64_t low = 0, price = rate->units;
  for (int i = 0; i < rate->tier_count; i++) {
    parts[i] = (struct units_product){price, overlap(from, to, low, rate->tiers[i].above_micro)};
    low = rate->tiers[i].above_micro;
    price = rate->tiers[i].units;
  }
  parts[rate->tier_count] = (struct units_product){price, overlap(from, to, low, INT64_MAX)};
  return units_sum_div(parts, rate->tier_count + 1, rate->per_micro, units);
}

/*
** The factor comes last: a failed job that costs nothing (Q5) still fills its tier, as the quantity
** was used. A new month starts the tiers again, while carry rolls over (D119).
*/
bool rate_price_metered(const struct rate *rate, int64_t quantity_micro, int64_t factor_micro,
                        int64_t month, struct meter *meter, int64_t *units) {
  int64_t billed, before, after, price;
  if (meter->month != month) {
    meter->month = month;
    meter->month_micro = 0;
  }
  before = meter->month_micro;
  if (!billed_quantity(rate, quantity_micro, &meter->carry_micro, &billed)) return false;
  if (!units_add(before, billed, &after)) return false;
  meter->month_micro = after;
  return graduated_price(rate, before, after, &price) &&
         units_mul_div(price, factor_micro, MICRO, units);
}

/*
** The plain case, which nearly all rates are, needs no meter: one multiplication and one division.
*/
bool rate_price(const struct rate *rate, int64_t quantity_micro, int64_t factor_micro,
                int64_t *units) {
  struct meter meter = {0, 0, 0};
  int64_t price;
  if (rate->metered || rate->rounding != ROUNDING_NONE) {
    return rate_price_metered(rate, quantity_micro, factor_micro, 0, &meter, units);
  }
  if (quantity_micro < rate->minimum_micro) quantity_micro = rate->minimum_micro;
  return units_mul_div(rate->units, quantity_micro, rate->per_micro, &price) &&
         units_mul_div(price, factor_micro, MICRO, units);
}
