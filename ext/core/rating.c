#include "core/rating.h"

#include "core/units.h"

static int64_t whole_packages(const struct rate *rate, int64_t quantity_micro) {
  int64_t packages = quantity_micro / rate->per_micro;
  bool started = quantity_micro % rate->per_micro != 0;
  return packages + (rate->rounding == ROUNDING_UP && started ? 1 : 0);
}

bool rate_price(const struct rate *rate, int64_t quantity_micro, int64_t factor_micro,
                int64_t *units) {
  int64_t billed = quantity_micro;
  int64_t price;
  bool fits;
  if (billed < rate->minimum_micro) billed = rate->minimum_micro;
  if (rate->rounding == ROUNDING_NONE) {
    fits = units_mul_div(rate->units, billed, rate->per_micro, &price);
  } else {
    fits = units_mul(rate->units, whole_packages(rate, billed), &price);
  }
  return fits && units_mul_div(price, factor_micro, MICRO, units);
}
