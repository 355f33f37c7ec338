#include "core/forecast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/instant.h"
#include "core/units.h"

/*
** Days are those of UTC (Q31); before 1970 too the day begins at its midnight, so division rounds
** down.
*/
static int64_t day_of(int64_t at_ms) {
  int64_t day = at_ms / MS_PER_DAY;
  return at_ms % MS_PER_DAY < 0 ? day - 1 : day;
}

static int weekday_of(int64_t day) {
  int weekday = (int)(day % WEEK);
  return weekday < 0 ? weekday + WEEK : weekday;
}

/* ---- pattern ---- */

bool forecast_burn(const int64_t *days, int count, int64_t until_ms, struct burn *burn) {
  int64_t sums[WEEK] = {0}, total = 0;
  int counts[WEEK] = {0};
  int64_t last = day_of(until_ms) - 1;
  memset(burn, 0, sizeof(*burn));
  for (int i = 0; i < count; i++) {
    int weekday = weekday_of(last - i);
    if (!units_add(sums[weekday], days[i], &sums[weekday])) return false;
    if (!units_add(total, days[i], &total)) return false;
    counts[weekday]++;
  }
  if (count == 0) return true;
  burn->mean = total / count;
  for (int weekday = 0; weekday < WEEK; weekday++) {
    burn->weekday[weekday] = count < PATTERN_DAYS ? burn->mean : sums[weekday] / counts[weekday];
  }
  return true;
}

int64_t forecast_day(const struct burn *burn, int64_t day_ms) {
  return burn->weekday[weekday_of(day_of(day_ms))];
}

/* ---- band ---- */

#define BAND_PART 0.8
#define BAND_DAYS 1464 /* more are not looked at */

/* How far days were off, as parts of what was expected of them. */
struct errors {
  double items[BAND_DAYS];
  int count, sure; /* sure: days of which 0 was expected, and came */
};

struct weekday {
  double sum;
  int count;
};

/*
** Forecasts the day of `units` from the others of its weekday, `all` being the sum of them with it,
** and notes how far off that is.
*/
static void add_error(struct errors *errors, const struct weekday *all, double units) {
  double n = all->count, others = n - 1;
  double expected = (all->sum - units) / others;
  if (expected <= 0 && units <= 0) {
    errors->sure++;
    return;
  }
  if (expected <= 0) expected = all->sum / n; /* the first one that costs anything */
  /* A mean of fewer days is off further than the one that is used; but nothing is nothing. */
  errors->items[errors->count++] =
      units <= 0 ? -1 : (units - expected) / expected * sqrt((1 + 1 / n) / (1 + 1 / others));
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The error that a part of all errors is below; between two of them on the line. */
static double quantile(const struct errors *errors, double part) {
  double place = part * (errors->count + 1) - 1;
  int below = (int)place;
  if (place <= 0) return errors->items[0];
  if (below >= errors->count - 1) return errors->items[errors->count - 1];
  return errors->items[below] + (place - below) * (errors->items[below + 1] - errors->items[below]);
}

static struct band band_of(struct errors *errors, int days) {
  struct band band = {1, 1};
  double part = (BAND_PART * (days + 1) - errors->sure) / (errors->count + 1);
  if (errors->count == 0) return band;
  if (part < 0) part = 0;
  qsort(errors->items, (size_t)errors->count, sizeof(errors->items[0]), by_size);
  band.low = 1 + quantile(errors, (1 - part) / 2);
  band.high = 1 + quantile(errors, (1 + part) / 2);
  return band;
}

struct band forecast_band(const int64_t *days, int count, int64_t until_ms) {
  struct weekday weekdays[WEEK] = {{0, 0}};
  struct errors errors = {.count = 0, .sure = 0};
  int64_t last = day_of(until_ms) - 1;
  bool alike = count < PATTERN_DAYS; /* all days count as one weekday */
  if (count > BAND_DAYS) count = BAND_DAYS;
  for (int i = 0; i < count; i++) {
    struct weekday *weekday = &weekdays[alike ? 0 : weekday_of(last - i)];
    weekday->sum += (double)days[i];
    weekday->count++;
  }
  for (int i = 0; i < count && count > 1; i++) {
    add_error(&errors, &weekdays[alike ? 0 : weekday_of(last - i)], (double)days[i]);
  }
  return band_of(&errors, count);
}

/* ---- the days to come ---- */

struct run {
  const struct burn *burn;
  struct forecast_lot *lots;
  int count;
  int64_t term_ms;
  struct forecast *forecast;
};

/* Units of the first `ms` of a day, MS_PER_DAY at most: a part of what fits, so it fits too. */
static int64_t used_until(int64_t units_per_day, int64_t ms) {
  int64_t units = 0;
  units_mul_div(units_per_day, ms, MS_PER_DAY, &units);
  return units;
}

/* Units of the day of `from_ms` that fall in [from_ms, to_ms), which is within that day. */
static int64_t used_between(const struct burn *burn, int64_t from_ms, int64_t to_ms) {
  int64_t day = day_of(from_ms);
  int64_t rate = burn->weekday[weekday_of(day)];
  return used_until(rate, to_ms - day * MS_PER_DAY) - used_until(rate, from_ms - day * MS_PER_DAY);
}

static void earlier(int64_t *next_ms, int64_t after_ms, int64_t candidate_ms) {
  if (candidate_ms > after_ms && candidate_ms < *next_ms) *next_ms = candidate_ms;
}

/*
** The next instant at which something changes: midnight, a lot's start or end, that of the
** purchase.
*/
static int64_t next_change(const struct run *run, int64_t at_ms, int64_t to_ms) {
  int64_t next_ms = to_ms;
  earlier(&next_ms, at_ms, (day_of(at_ms) + 1) * MS_PER_DAY);
  earlier(&next_ms, at_ms, run->term_ms);
  for (int i = 0; i < run->count; i++) {
    earlier(&next_ms, at_ms, run->lots[i].start_ms);
    earlier(&next_ms, at_ms, run->lots[i].end_ms);
  }
  return next_ms;
}

/* Let the lots pay; returns what they can't. */
static int64_t draw(struct run *run, int64_t at_ms, int64_t units) {
  for (int i = 0; i < run->count && units > 0; i++) {
    struct forecast_lot *lot = &run->lots[i];
    int64_t part = lot->left < units ? lot->left : units;
    if (at_ms < lot->start_ms || at_ms >= lot->end_ms) continue;
    lot->left -= part;
    units -= part;
  }
  return units;
}

/*
** What is left of lots that end at an instant. It can't be used any more, and never becomes debt
** (Q16).
*/
static bool lapse(struct run *run, int64_t at_ms) {
  for (int i = 0; i < run->count; i++) {
    if (run->lots[i].end_ms != at_ms) continue;
    if (!units_add(run->forecast->will_lapse, run->lots[i].left, &run->forecast->will_lapse)) {
      return false;
    }
  }
  return true;
}

/*
** Units that no lot pays: from the first of them on usage is uncharged, and a purchase has to bring
** all.
*/
static bool miss(struct run *run, int64_t at_ms, int64_t units) {
  struct forecast *forecast = run->forecast;
  if (units == 0) return true;
  if (forecast->runs_out_ms == FORECAST_NEVER) forecast->runs_out_ms = at_ms;
  if (at_ms >= run->term_ms) forecast->out_of_reach = true;
  return units_add(forecast->missing, units, &forecast->missing);
}

/*
** In steps within which nothing changes, so that a step is one multiplication. What is owed at the
** start is missing at once: the first purchase pays it (D72).
*/
bool forecast_run(const struct burn *burn, struct forecast_lot *lots, int count, int64_t debt,
                  int64_t from_ms, int64_t to_ms, int64_t term_ms, struct forecast *forecast) {
  struct run run = {burn, lots, count, term_ms, forecast};
  int64_t next_ms, units;
  memset(forecast, 0, sizeof(*forecast));
  forecast->runs_out_ms = FORECAST_NEVER;
  bool fits = miss(&run, from_ms, debt);
  for (int64_t at_ms = from_ms; fits && at_ms < to_ms; at_ms = next_ms) {
    next_ms = next_change(&run, at_ms, to_ms);
    units = used_between(burn, at_ms, next_ms);
    fits = units_add(forecast->will_use, units, &forecast->will_use) &&
           miss(&run, at_ms, draw(&run, at_ms, units)) && lapse(&run, next_ms);
  }
  return fits;
}
