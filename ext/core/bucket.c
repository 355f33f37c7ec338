#include "core/bucket.h"

#include <string.h>

#include "core/instant.h"

#define MS_PER_MINUTE INT64_C(60000)
#define MS_PER_HOUR INT64_C(3600000)
#define FIRST_MONDAY (4 * MS_PER_DAY) /* 1970-01-05 */
#define MONTH_SIZE 7                  /* YYYY-MM */
#define MONTHS 12

static const char *const names[STEP_COUNT] = {"hour", "day", "week", "month", "change"};

enum step step_read(struct text text) {
  int step = 0;
  while (step < STEP_COUNT && (text.size != (int)strlen(names[step]) ||
                               memcmp(text.bytes, names[step], (size_t)text.size) != 0)) {
    step++;
  }
  return (enum step)step;
}

const char *step_name(enum step step) {
  return names[step];
}

/* ---- zones ---- */

/* Two digits, at most `most`; -1: they are not. */
static int two_digits(const char *text, int most) {
  int number;
  if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') return -1;
  number = (text[0] - '0') * 10 + text[1] - '0';
  return number <= most ? number : -1;
}

bool zone_read(struct text text, int64_t *offset_ms) {
  const int size = 6; /* +HH:MM */
  int hours, minutes;
  if (text.size == 1 && text.bytes[0] == 'Z') {
    *offset_ms = 0;
    return true;
  }
  if (text.size != size || (text.bytes[0] != '+' && text.bytes[0] != '-')) return false;
  if (text.bytes[3] != ':') return false;
  hours = two_digits(text.bytes + 1, 23);
  minutes = two_digits(text.bytes + 4, 59);
  if (hours < 0 || minutes < 0) return false;
  *offset_ms = hours * MS_PER_HOUR + minutes * MS_PER_MINUTE;
  if (text.bytes[0] == '-') *offset_ms = -*offset_ms;
  return true;
}

/* ---- months ---- */

/* The first midnight of a month that is given as YYYY-MM. */
static bool month_start(const char *month, int64_t *ms) {
  char text[] = "YYYY-MM-01 00:00:00";
  memcpy(text, month, MONTH_SIZE);
  return instant_parse(text, sizeof(text) - 1, ms);
}

/* The first instant of the month after; after the last one, the instant at which time ends. */
static int64_t next_month(int64_t start_ms) {
  char text[INSTANT_TEXT_SIZE];
  int64_t next_ms = INSTANT_MAX + 1;
  /* No month has more than 31 days, and none after it ends before 62 have passed. */
  instant_format(start_ms + 31 * MS_PER_DAY, text);
  if (start_ms + 31 * MS_PER_DAY <= INSTANT_MAX) month_start(text, &next_ms);
  return next_ms;
}

bool month_read(struct text text, int64_t offset_ms, int64_t *start_ms, int64_t *end_ms) {
  int64_t local_ms;
  if (text.size != MONTH_SIZE || !month_start(text.bytes, &local_ms)) return false;
  *start_ms = local_ms - offset_ms;
  *end_ms = next_month(local_ms) - offset_ms;
  return true;
}

/* ---- buckets ---- */

/* 0: months have no one length. */
static int64_t length_of(enum step step) {
  static const int64_t lengths[STEP_COUNT] = {MS_PER_HOUR, MS_PER_DAY, 7 * MS_PER_DAY, 0, 1};
  return lengths[step];
}

/* A multiple of `length` from `origin`, at or before the instant. */
static int64_t floor_to(int64_t at_ms, int64_t length, int64_t origin) {
  int64_t over = (at_ms - origin) % length;
  return at_ms - (over < 0 ? over + length : over);
}

static int64_t floor_to_month(int64_t local_ms) {
  char text[INSTANT_TEXT_SIZE];
  int64_t ms = INSTANT_MIN;
  instant_format(local_ms, text);
  month_start(text, &ms);
  return ms;
}

int64_t bucket_start(int64_t at_ms, enum step step, int64_t offset_ms) {
  int64_t local_ms = at_ms + offset_ms;
  if (step == STEP_MONTH) return floor_to_month(local_ms) - offset_ms;
  return floor_to(local_ms, length_of(step), step == STEP_WEEK ? FIRST_MONDAY : 0) - offset_ms;
}

int64_t bucket_end(int64_t at_ms, enum step step, int64_t offset_ms) {
  int64_t start_ms = bucket_start(at_ms, step, offset_ms), end_ms;
  if (step != STEP_MONTH) return start_ms + length_of(step);
  end_ms = next_month(start_ms + offset_ms) - offset_ms;
  return end_ms > at_ms ? end_ms : INSTANT_MAX + 1; /* in the zone it is the year 10000 already */
}
