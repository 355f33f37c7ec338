/*
** Forecast: how long the lots in hand last when consumption goes on as it was.
**
** Consumption has a weekday pattern: the mean of each weekday over the days looked back at, or,
** with less than two weeks of them, the mean of all days. A day's tokens are spread evenly over its
** 24 hours. Lots pay in draw order while they are alive; what is left of one at its end lapses.
** Nothing is foreseen to be bought. The full story is docs/guides/forecast.md.
*/
#ifndef BILLING_FORECAST_H
#define BILLING_FORECAST_H

#include <stdbool.h>
#include <stdint.h>

#define WEEK 7
#define PATTERN_DAYS 14 /* fewer days say nothing about weekdays */

/* Units per day, 0 or more; weekday 0 is that of 1970-01-01, a Thursday. */
struct burn {
  int64_t weekday[WEEK];
  int64_t mean; /* of all days */
};

struct forecast_lot {
  int64_t left; /* units; forecast_run() draws from it */
  int64_t start_ms, end_ms;
};

struct forecast {
  int64_t will_use;    /* units consumed in the time asked for, whoever pays */
  int64_t will_lapse;  /* units left in lots at their end in that time */
  int64_t runs_out_ms; /* when usage begins to be uncharged; NEVER: not in that time */
  int64_t missing;     /* units that a purchase at the start has to bring */
  bool out_of_reach;   /* some of what is missing is needed only after that purchase has lapsed */
};

#define FORECAST_NEVER INT64_MIN

/*
** Where a day's consumption lies in four of five cases: these parts of what is expected of its
** weekday.
**
** Each day looked back at is forecast from the others of its weekday; how far it was off, as a part
** of what was expected, is how far a coming day may be off. Days that are always 0 are forecast
** rightly, so the others need to be right less often. It holds as long as the weeks are alike.
*/
struct band {
  double low, high;
};

/*
** The pattern of `count` days, latest first; the latest one ends at the midnight `until_ms`. False
** when a sum does not fit.
*/
bool forecast_burn(const int64_t *days, int count, int64_t until_ms, struct burn *burn);

/* Of the same days. Without two days that cost anything: what is expected. */
struct band forecast_band(const int64_t *days, int count, int64_t until_ms);

/* Units of the whole day that begins at the midnight `day_ms`. */
int64_t forecast_day(const struct burn *burn, int64_t day_ms);

/*
** What becomes of `count` lots, given in draw order, and of a debt, in [from_ms, to_ms). A lot
** bought at from_ms would end at term_ms. False when an amount does not fit.
*/
bool forecast_run(const struct burn *burn, struct forecast_lot *lots, int count, int64_t debt,
                  int64_t from_ms, int64_t to_ms, int64_t term_ms, struct forecast *forecast);

#endif
