#include "unit.h"

#include "core/forecast.h"
#include "core/instant.h"

#define DAY MS_PER_DAY
#define HOUR (MS_PER_DAY / 24)
#define FAR INT64_MAX

/* Day 0 is 1970-01-01, a Thursday: weekday 0. */
static struct burn every_day(int64_t units) {
  struct burn burn = {{0}, units};
  for (int weekday = 0; weekday < WEEK; weekday++) burn.weekday[weekday] = units;
  return burn;
}

static void pattern_is_the_mean_of_each_weekday(void) {
  /* Latest first; the latest one is day 13, a Wednesday, like day 6. */
  int64_t days[] = {10, 0, 0, 0, 0, 0, 70, 20, 0, 0, 0, 0, 0, 31};
  struct burn burn;
  CU_ASSERT_TRUE(forecast_burn(days, 14, 14 * DAY, &burn));
  CU_ASSERT_EQUAL(burn.weekday[6], 15);
  CU_ASSERT_EQUAL(burn.weekday[0], 50);
  CU_ASSERT_EQUAL(burn.weekday[3], 0);
  CU_ASSERT_EQUAL(burn.mean, 131 / 14);
}

static void less_than_two_weeks_have_no_pattern(void) {
  int64_t days[13] = {26};
  struct burn burn;
  CU_ASSERT_TRUE(forecast_burn(days, 13, 0, &burn));
  for (int weekday = 0; weekday < WEEK; weekday++) CU_ASSERT_EQUAL(burn.weekday[weekday], 2);
  CU_ASSERT_TRUE(forecast_burn(days, 0, 0, &burn));
  CU_ASSERT_EQUAL(burn.mean, 0);
}

static void sums_that_do_not_fit_are_refused(void) {
  int64_t days[] = {INT64_MAX, 0, 0, 0, 0, 0, 0, INT64_MAX};
  struct burn burn;
  CU_ASSERT_FALSE(forecast_burn(days, 8, 0, &burn)); /* of one weekday */
  days[1] = INT64_MAX;
  CU_ASSERT_FALSE(forecast_burn(days, 2, 0, &burn)); /* of all days */
}

static void a_day_is_spread_over_its_hours(void) {
  struct burn burn = every_day(24);
  struct forecast_lot lot = {100, 0, FAR};
  struct forecast forecast;
  CU_ASSERT_TRUE(forecast_run(&burn, &lot, 1, 0, 18 * HOUR, DAY + 6 * HOUR, FAR, &forecast));
  CU_ASSERT_EQUAL(forecast.will_use, 12);
  CU_ASSERT_EQUAL(lot.left, 88);
  CU_ASSERT_EQUAL(forecast.runs_out_ms, FORECAST_NEVER);
  CU_ASSERT_EQUAL(forecast.missing, 0);
}

static void weekdays_before_1970_count_as_well(void) {
  struct burn burn = {{0}, 1};
  struct forecast forecast;
  burn.weekday[6] = 7; /* 1969-12-31 was a Wednesday */
  CU_ASSERT_TRUE(forecast_run(&burn, NULL, 0, 0, -DAY, DAY, FAR, &forecast));
  CU_ASSERT_EQUAL(forecast.will_use, 7);
  CU_ASSERT_EQUAL(forecast.runs_out_ms, -DAY);
}

static void a_day_before_1970_is_spread_as_well(void) {
  struct burn burn = {{0}, 1};
  struct forecast forecast;
  burn.weekday[6] = 24; /* 1969-12-31 */
  burn.weekday[5] = 48;
  CU_ASSERT_TRUE(forecast_run(&burn, NULL, 0, 0, -30 * HOUR, -18 * HOUR, FAR, &forecast));
  CU_ASSERT_EQUAL(forecast.will_use, 6 * 2 + 6);
  CU_ASSERT_EQUAL(forecast.runs_out_ms, -30 * HOUR);
}

static void runs_out_on_the_day_that_is_not_covered(void) {
  struct burn burn = every_day(10);
  struct forecast_lot lot = {25, 0, FAR};
  struct forecast forecast;
  CU_ASSERT_TRUE(forecast_run(&burn, &lot, 1, 0, 0, 5 * DAY, FAR, &forecast));
  CU_ASSERT_EQUAL(forecast.runs_out_ms, 2 * DAY);
  CU_ASSERT_EQUAL(forecast.missing, 25);
  CU_ASSERT_FALSE(forecast.out_of_reach);
}

/* Exactly enough is enough. */
static void zero_is_fine(void) {
  struct burn burn = every_day(10);
  struct forecast_lot lot = {50, 0, FAR};
  struct forecast forecast;
  CU_ASSERT_TRUE(forecast_run(&burn, &lot, 1, 0, 0, 5 * DAY, FAR, &forecast));
  CU_ASSERT_EQUAL(forecast.runs_out_ms, FORECAST_NEVER);
  CU_ASSERT_EQUAL(lot.left, 0);
}

static void a_debt_has_run_out_already(void) {
  struct burn burn = every_day(0);
  struct forecast forecast;
  CU_ASSERT_TRUE(forecast_run(&burn, NULL, 0, 5, 3 * DAY, 4 * DAY, FAR, &forecast));
  CU_ASSERT_EQUAL(forecast.runs_out_ms, 3 * DAY);
  CU_ASSERT_EQUAL(forecast.missing, 5);
}

static void what_is_left_at_the_end_of_a_lot_lapses(void) {
  struct burn burn = every_day(24);
  struct forecast_lot lots[] = {{100, 0, DAY + 12 * HOUR}, {100, 2 * DAY, FAR}};
  struct forecast forecast;
  CU_ASSERT_TRUE(forecast_run(&burn, lots, 2, 0, 0, 3 * DAY, FAR, &forecast));
  CU_ASSERT_EQUAL(forecast.will_lapse, 64);
  CU_ASSERT_EQUAL(forecast.runs_out_ms, DAY + 12 * HOUR); /* until the second lot is alive */
  CU_ASSERT_EQUAL(forecast.missing, 12);
  CU_ASSERT_EQUAL(lots[1].left, 76);
}

static void the_first_lot_in_order_pays_first(void) {
  struct burn burn = every_day(10);
  struct forecast_lot lots[] = {{15, 0, FAR}, {100, 0, DAY}};
  struct forecast forecast;
  CU_ASSERT_TRUE(forecast_run(&burn, lots, 2, 0, 0, 2 * DAY, FAR, &forecast));
  CU_ASSERT_EQUAL(lots[0].left, 0);
  CU_ASSERT_EQUAL(forecast.will_lapse, 100);
  CU_ASSERT_EQUAL(forecast.missing, 5);
}

static void a_purchase_does_not_reach_beyond_its_end(void) {
  struct burn burn = every_day(10);
  struct forecast forecast;
  CU_ASSERT_TRUE(forecast_run(&burn, NULL, 0, 0, 0, 2 * DAY, 2 * DAY, &forecast));
  CU_ASSERT_FALSE(forecast.out_of_reach);
  CU_ASSERT_TRUE(forecast_run(&burn, NULL, 0, 0, 0, 3 * DAY, 2 * DAY, &forecast));
  CU_ASSERT_TRUE(forecast.out_of_reach);
}

static void amounts_that_do_not_fit_are_refused(void) {
  struct burn burn = every_day(INT64_MAX / 2);
  struct forecast forecast;
  struct forecast_lot lots[] = {{INT64_MAX, 2 * DAY, 3 * DAY}, {1, 2 * DAY, 3 * DAY}};
  CU_ASSERT_FALSE(forecast_run(&burn, NULL, 0, 0, 0, 9 * DAY, FAR, &forecast));
  burn = every_day(1);
  CU_ASSERT_TRUE(forecast_run(&burn, NULL, 0, INT64_MAX - 1, 0, DAY, FAR, &forecast));
  CU_ASSERT_EQUAL(forecast.missing, INT64_MAX);
  CU_ASSERT_FALSE(forecast_run(&burn, NULL, 0, INT64_MAX, 0, DAY, FAR, &forecast));
  burn = every_day(0);
  CU_ASSERT_FALSE(forecast_run(&burn, lots, 2, 0, 0, 9 * DAY, FAR, &forecast)); /* lapses */
}

/* ---- band ---- */

static int64_t noise(uint64_t *seed) { /* 0 to 999 */
  *seed = *seed * UINT64_C(6364136223846793005) + 1;
  return (int64_t)(*seed >> 33) % 1000;
}

/* Units of day i: a weekday pattern that the year's seasons stretch, and noise of many sizes. */
static int64_t seasonal(int64_t day, uint64_t *seed, bool free_weekends) {
  static const int64_t pattern[WEEK] = {12, 10, 2, 3, 11, 9, 8}; /* from Thursday on */
  int64_t weekday = day % WEEK, year = day % 365;
  int64_t season = 700 + 600 * (year < 182 ? year : 365 - year) / 182;
  if (free_weekends && (weekday == 2 || weekday == 3)) return 0;
  return pattern[weekday] * season * (400 + noise(seed) + noise(seed) * noise(seed) / 1000);
}

/*
** In percent: how many of the days forecast on every third day, up to four weeks ahead, were in the
** band.
*/
static int covered(uint64_t seed, bool free_weekends) {
  enum { DAYS = 730, LOOK = 28 };
  int64_t days[DAYS], back[LOOK];
  int inside = 0, written = 0;
  for (int i = 0; i < DAYS; i++) days[i] = seasonal(i, &seed, free_weekends);
  for (int now = LOOK; now + LOOK <= DAYS; now += 3) {
    struct burn burn;
    struct band band;
    for (int i = 0; i < LOOK; i++) back[i] = days[now - 1 - i];
    CU_ASSERT_TRUE(forecast_burn(back, LOOK, now * DAY, &burn));
    band = forecast_band(back, LOOK, now * DAY);
    for (int ahead = 0; ahead < LOOK; ahead++, written++) {
      double expected = (double)forecast_day(&burn, (now + ahead) * DAY);
      double truth = (double)days[now + ahead];
      inside += truth >= expected * band.low && truth <= expected * band.high;
    }
  }
  return inside * 100 / written;
}

static void four_of_five_days_lie_in_the_band(void) {
  for (uint64_t seed = 1; seed <= 20; seed++) {
    int plain = covered(seed, false), weekends = covered(seed, true);
    CU_ASSERT_TRUE(plain >= 75 && plain <= 85);
    CU_ASSERT_TRUE(weekends >= 75 && weekends <= 85);
  }
}

static void a_band_needs_days_that_differ(void) {
  int64_t none[14] = {0}, same[14];
  struct band band = forecast_band(none, 14, 14 * DAY);
  CU_ASSERT_EQUAL(band.low, 1.0);
  CU_ASSERT_EQUAL(band.high, 1.0);
  band = forecast_band(none, 0, 0);
  CU_ASSERT_EQUAL(band.low, 1.0);
  band = forecast_band(none, 1, 0);
  CU_ASSERT_EQUAL(band.high, 1.0);
  for (int i = 0; i < 14; i++) same[i] = 70;
  band = forecast_band(same, 14, 14 * DAY);
  CU_ASSERT_EQUAL(band.low, 1.0);
  CU_ASSERT_EQUAL(band.high, 1.0);
}

/* Two days of 10 and 30: each, from the other, is off by 2 and by -2/3, times sqrt(1.5 / 2). */
static void errors_are_parts_of_what_is_expected(void) {
  int64_t days[] = {10, 30};
  struct band band = forecast_band(days, 2, 2 * DAY);
  CU_ASSERT_DOUBLE_EQUAL(band.low, 1 - 2.0 / 3 * 0.8660254, 1e-6);
  CU_ASSERT_DOUBLE_EQUAL(band.high, 1 + 2 * 0.8660254, 1e-6);
}

static void the_first_day_that_costs_anything_is_an_error(void) {
  int64_t days[] = {0, 0, 0, 0, 0, 0, 90, 0};
  struct band band = forecast_band(days, 8, 8 * DAY);
  CU_ASSERT_TRUE(band.low == 0 && band.high > 1);
}

static void days_that_are_always_free_are_sure(void) {
  int64_t days[21] = {0};
  struct band band;
  days[0] = 10; /* one weekday costs 10, 20 and 30; the other six are free */
  days[7] = 20;
  days[14] = 30;
  band = forecast_band(days, 21, 21 * DAY);
  /* 18 of 21 days are right without: the others' middle is forecast */
  CU_ASSERT_EQUAL(band.low, band.high);
}

static void more_days_than_fit_are_not_looked_at(void) {
  static int64_t days[1500];
  struct band band;
  for (int i = 0; i < 1500; i++) days[i] = i < 1464 ? 50 : 5000;
  band = forecast_band(days, 1500, 1500 * DAY);
  CU_ASSERT_EQUAL(band.high, 1.0);
}

static void a_day_costs_its_weekday(void) {
  struct burn burn = every_day(5);
  burn.weekday[1] = 9;
  CU_ASSERT_EQUAL(forecast_day(&burn, DAY), 9);
  CU_ASSERT_EQUAL(forecast_day(&burn, -6 * DAY), 9);
  CU_ASSERT_EQUAL(forecast_day(&burn, 0), 5);
}

static const struct unit_test tests[] = {
    {"pattern is the mean of each weekday", pattern_is_the_mean_of_each_weekday},
    {"less than two weeks have no pattern", less_than_two_weeks_have_no_pattern},
    {"sums that do not fit are refused", sums_that_do_not_fit_are_refused},
    {"a day is spread over its hours", a_day_is_spread_over_its_hours},
    {"weekdays before 1970 count as well", weekdays_before_1970_count_as_well},
    {"a day before 1970 is spread as well", a_day_before_1970_is_spread_as_well},
    {"runs out on the day that is not covered", runs_out_on_the_day_that_is_not_covered},
    {"zero is fine", zero_is_fine},
    {"a debt has run out already", a_debt_has_run_out_already},
    {"what is left at the end of a lot lapses", what_is_left_at_the_end_of_a_lot_lapses},
    {"the first lot in order pays first", the_first_lot_in_order_pays_first},
    {"a purchase does not reach beyond its end", a_purchase_does_not_reach_beyond_its_end},
    {"amounts that do not fit are refused", amounts_that_do_not_fit_are_refused},
    {"four of five days lie in the band", four_of_five_days_lie_in_the_band},
    {"a band needs days that differ", a_band_needs_days_that_differ},
    {"errors are parts of what is expected", errors_are_parts_of_what_is_expected},
    {"the first day that costs anything is an error",
     the_first_day_that_costs_anything_is_an_error},
    {"days that are always free are sure", days_that_are_always_free_are_sure},
    {"more days than fit are not looked at", more_days_than_fit_are_not_looked_at},
    {"a day costs its weekday", a_day_costs_its_weekday},
    {NULL, NULL},
};

const struct unit_suite suite_forecast = {"forecast", tests};
