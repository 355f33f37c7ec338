#include "instant.h"

#include <string.h>

/* ---- the calendar ---- */

static bool is_leap(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month) {
  static const signed char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

static bool is_date(int year, int month, int day) {
  return month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

/*
** Days since 1970-01-01. Years are counted from March, so that the leap day is the last of its year
** and the days before a month are (153 m + 2) / 5; 400 years are 146,097 days. The year is shifted
** by 400 so that nothing is negative.
*/
static int64_t days_from_date(int year, int month, int day) {
  int64_t y = year + 400 - (month <= 2 ? 1 : 0);
  int64_t from_march = (month + 9) % 12;
  int64_t before = y * 365 + y / 4 - y / 100 + y / 400;
  return before + (153 * from_march + 2) / 5 + day - 1 - 719468 - 146097;
}

static void date_from_days(int64_t days, int *year, int *month, int *day) {
  int64_t d = days + 719468 + 146097; /* since the first of March of year -400 */
  int64_t cycle = d / 146097, in_cycle = d % 146097;
  int64_t y = (in_cycle - in_cycle / 1460 + in_cycle / 36524 - in_cycle / 146096) / 365;
  int64_t in_year = in_cycle - (y * 365 + y / 4 - y / 100);
  int64_t from_march = (5 * in_year + 2) / 153;
  *day = (int)(in_year - (153 * from_march + 2) / 5 + 1);
  *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
  *year = (int)(y + cycle * 400 - 400 + (*month <= 2 ? 1 : 0));
}

/* ---- the canonical spelling ---- */

/* `count` digits as a number; -1 when one of them is no digit. */
static int digits(const char *text, int count) {
  int value = 0;
  for (int i = 0; i < count; i++) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

static int64_t time_of_day(int hour, int minute, int second) {
  return ((hour * INT64_C(60) + minute) * 60 + second) * MS_PER_SECOND;
}

/*
** Eight bytes beside a pattern with '0' for any digit, whose separators they have: the value of
** each digit. A word holds bytes as memory does, so it does not matter which of them is its first.
*/
static bool read_eight(const char *text, const char *pattern, unsigned char digit[8]) {
  uint64_t word, expected;
  memcpy(&word, text, 8);
  memcpy(&expected, pattern, 8);
  word ^= expected;
  memcpy(digit, &word, 8);
  return ((word | (word + UINT64_C(0x0606060606060606))) & UINT64_C(0xF0F0F0F0F0F0F0F0)) == 0;
}

/*
** The one spelling of stored times, read for every row, so it is checked eight bytes at once. A
** fraction of .000 is refused: it would be a second spelling of the same instant.
*/
bool instant_parse(const char *text, size_t n, int64_t *ms) {
  unsigned char d[16];
  if (n != 19 && n != 23) return false;
  if (text[4] != '-' || text[7] != '-' || text[10] != ' ') return false;
  if (text[13] != ':' || text[16] != ':') return false;
  if (!read_eight(text, "0000-00-", d) || !read_eight(text + 8, "00 00:00", d + 8)) return false;
  int year = d[0] * 1000 + d[1] * 100 + d[2] * 10 + d[3], month = d[5] * 10 + d[6];
  int day = d[8] * 10 + d[9], hour = d[11] * 10 + d[12], minute = d[14] * 10 + d[15];
  int second = digits(text + 17, 2), fraction = 0;
  if (n == 23) {
    fraction = text[19] == '.' ? digits(text + 20, 3) : -1;
    if (fraction <= 0) return false;
  }
  if (!is_date(year, month, day)) return false;
  if (hour > 23 || minute > 59 || second < 0 || second > 59) return false;
  *ms = days_from_date(year, month, day) * MS_PER_DAY + time_of_day(hour, minute, second);
  *ms += fraction;
  return true;
}

/* Writes `count` digits and returns the place after them. */
static char *put_digits(char *out, int value, int count) {
  for (int i = count - 1; i >= 0; i--) {
    out[i] = (char)('0' + value % 10);
    value /= 10;
  }
  return out + count;
}

void instant_format(int64_t ms, char out[INSTANT_TEXT_SIZE]) {
  if (ms < INSTANT_MIN) ms = INSTANT_MIN;
  if (ms > INSTANT_MAX) ms = INSTANT_MAX;
  int64_t from_start = ms - INSTANT_MIN;
  int in_day = (int)(from_start % MS_PER_DAY);
  int year, month, day;
  date_from_days(from_start / MS_PER_DAY + INSTANT_MIN / MS_PER_DAY, &year, &month, &day);
  out = put_digits(out, year, 4);
  *out++ = '-';
  out = put_digits(out, month, 2);
  *out++ = '-';
  out = put_digits(out, day, 2);
  *out++ = ' ';
  out = put_digits(out, in_day / 3600000, 2);
  *out++ = ':';
  out = put_digits(out, in_day / 60000 % 60, 2);
  *out++ = ':';
  out = put_digits(out, in_day / 1000 % 60, 2);
  if (in_day % 1000 != 0) {
    *out++ = '.';
    out = put_digits(out, in_day % 1000, 3);
  }
  *out = '\0';
}

/* ---- ISO 8601 ---- */

/* What is still to be read. */
struct reader {
  const char *at, *end;
};

static size_t left(const struct reader *in) {
  return (size_t)(in->end - in->at);
}

static bool take(struct reader *in, char expected) {
  if (in->at == in->end || *in->at != expected) return false;
  in->at++;
  return true;
}

static bool take_digits(struct reader *in, int count, int *value) {
  if (left(in) < (size_t)count) return false;
  *value = digits(in->at, count);
  in->at += count;
  return *value >= 0;
}

/* After a year: MM-DD or MMDD. */
static enum instant_result read_calendar_date(struct reader *in, bool extended, int year,
                                              int64_t *days) {
  int month, day;
  if (!take_digits(in, 2, &month) || month < 1 || month > 12) return INSTANT_NOT_A_TIME;
  if (left(in) == 0) return INSTANT_A_MONTH;
  if (extended && !take(in, '-')) return INSTANT_NOT_A_TIME;
  if (!take_digits(in, 2, &day) || !is_date(year, month, day)) return INSTANT_NOT_A_TIME;
  *days = days_from_date(year, month, day);
  return INSTANT_OK;
}

/* After a year: DDD. */
static enum instant_result read_ordinal_date(struct reader *in, int year, int64_t *days) {
  int day;
  if (!take_digits(in, 3, &day)) return INSTANT_NOT_A_TIME;
  if (day < 1 || day > 365 + (is_leap(year) ? 1 : 0)) return INSTANT_NOT_A_TIME;
  *days = days_from_date(year, 1, 1) + day - 1;
  return INSTANT_OK;
}

/* Monday of week 1: the week that holds the fourth of January. */
static int64_t first_week(int year) {
  int64_t fourth = days_from_date(year, 1, 4);
  /* 0: Monday; 1970-01-01 was a Thursday. The multiple of 7 keeps the sum above 0. */
  int64_t weekday = (fourth + 3 + 7 * INT64_C(200000)) % 7;
  return fourth - weekday;
}

/* After a year and W: WW-D or WWD. */
static enum instant_result read_week_date(struct reader *in, bool extended, int year,
                                          int64_t *days) {
  int week, day;
  if (!take_digits(in, 2, &week)) return INSTANT_NOT_A_TIME;
  int64_t monday = first_week(year) + (week - 1) * INT64_C(7);
  if (week < 1 || monday >= first_week(year + 1)) return INSTANT_NOT_A_TIME;
  if (left(in) == 0) return INSTANT_A_WEEK;
  if (extended && !take(in, '-')) return INSTANT_NOT_A_TIME;
  if (!take_digits(in, 1, &day) || day < 1 || day > 7) return INSTANT_NOT_A_TIME;
  *days = monday + day - 1;
  return INSTANT_OK;
}

/*
** A whole date and nothing after it. Three digits after the year can only be a day of the year: a
** month has two, and a day follows it.
*/
static enum instant_result read_date(struct reader *in, int64_t *days) {
  enum instant_result result;
  int year;
  if (!take_digits(in, 4, &year)) return INSTANT_NOT_A_TIME;
  if (left(in) == 0) return INSTANT_A_YEAR;
  bool extended = take(in, '-');
  if (take(in, 'W')) {
    result = read_week_date(in, extended, year, days);
  } else if (left(in) == 3) {
    result = read_ordinal_date(in, year, days);
  } else {
    result = read_calendar_date(in, extended, year, days);
  }
  return left(in) == 0 ? result : INSTANT_NOT_A_TIME;
}

/* What the text after a date says. */
struct clock {
  int64_t ms;       /* since the midnight of the date; 23:59:60 counts as the next one */
  int64_t offset;   /* milliseconds ahead of UTC */
  int fraction;     /* the part of ms that stood after `.` or `,` */
  bool exact;       /* nothing but zeros below the millisecond */
  bool leap_second; /* second 60 */
};

static bool at_digit(const struct reader *in) {
  return in->at < in->end && *in->at >= '0' && *in->at <= '9';
}

/*
** A fraction of `unit` milliseconds, cut off below the millisecond; 0 when there is none. Digits
** are taken from the last one on: cutting at each step is exact, as unit times a digit is whole.
** For the same reason the fraction is a whole number of milliseconds only when no step cuts
** anything.
*/
static bool read_fraction(struct reader *in, int unit, struct clock *clock) {
  if (!take(in, '.') && !take(in, ',')) return true;
  const char *first = in->at;
  while (at_digit(in)) in->at++;
  for (const char *digit = in->at; digit > first; digit--) {
    int tenfold = (digit[-1] - '0') * unit + clock->fraction;
    if (tenfold % 10 != 0) clock->exact = false;
    clock->fraction = tenfold / 10;
  }
  return in->at > first;
}

/* Only midnight itself has an hour 24: not a digit of the fraction may say otherwise. */
static bool is_time_of_day(int hour, int minute, int second, const struct clock *clock) {
  if (minute > 59 || second > 60) return false;
  if (hour < 24) return true;
  return hour == 24 && minute == 0 && second == 0 && clock->fraction == 0 && clock->exact;
}

/* hh, hh:mm, hh:mm:ss or without colons; the last part may have a fraction. */
static bool read_time(struct reader *in, struct clock *clock) {
  int hour, minute = 0, second = 0, unit = 3600000;
  if (!take_digits(in, 2, &hour)) return false;
  bool extended = take(in, ':');
  if (extended || at_digit(in)) {
    unit = 60000;
    if (!take_digits(in, 2, &minute)) return false;
    if (extended ? take(in, ':') : at_digit(in)) {
      unit = 1000;
      if (!take_digits(in, 2, &second)) return false;
    }
  }
  if (!read_fraction(in, unit, clock)) return false;
  if (!is_time_of_day(hour, minute, second, clock)) return false;
  clock->ms = time_of_day(hour, minute, second) + clock->fraction;
  clock->leap_second = second == 60;
  return true;
}

static bool take_utc(struct reader *in) {
  return take(in, 'U') && take(in, 'T') && take(in, 'C');
}

/*
** Z, ±hh, ±hhmm, ±hh:mm or nothing, up to the end of the text. After a space also UTC and, as Go
** prints a time, +0000 UTC.
*/
static bool read_offset(struct reader *in, struct clock *clock) {
  int hour, minute = 0;
  if (left(in) == 0) return true;
  bool spaced = take(in, ' ');
  if (take(in, 'Z') || take(in, 'z') || (spaced && take_utc(in))) return left(in) == 0;
  bool west = take(in, '-');
  if ((!west && !take(in, '+')) || !take_digits(in, 2, &hour)) return false;
  if (take(in, ':') || at_digit(in)) {
    if (!take_digits(in, 2, &minute)) return false;
  }
  if (hour > 23 || minute > 59) return false;
  clock->offset = time_of_day(hour, minute, 0) * (west ? -1 : 1);
  if (spaced && clock->offset == 0 && take(in, ' ') && !take_utc(in)) return false;
  return left(in) == 0;
}

/* The second 60 of a minute exists at the end of a UTC day alone, whatever the offset. */
static bool is_in_the_calendar(int64_t ms, const struct clock *clock) {
  if (clock->leap_second && (ms - clock->fraction) % MS_PER_DAY != 0) return false;
  return ms >= INSTANT_MIN && ms <= INSTANT_MAX;
}

static bool is_separator(char c) {
  return c == 'T' || c == 't' || c == ' ';
}

/*
** The date is cut off at the separator first: in basic format only its length shows where it ends.
** A year, month or week alone is named as such only if nothing follows it.
*/
static enum instant_result read_iso(const char *text, size_t n, struct instant *out) {
  struct reader date = {text, text}, rest = {text, text + n};
  struct clock clock = {0, 0, 0, true, false};
  int64_t days = 0;
  while (date.end < rest.end && !is_separator(*date.end)) date.end++;
  rest.at = date.end;
  bool date_only = left(&rest) == 0;
  enum instant_result result = read_date(&date, &days);
  if (result != INSTANT_OK) return date_only ? result : INSTANT_NOT_A_TIME;
  if (!date_only) {
    rest.at++;
    if (!read_time(&rest, &clock) || !read_offset(&rest, &clock)) return INSTANT_NOT_A_TIME;
  }
  int64_t ms = days * MS_PER_DAY + clock.ms - clock.offset;
  if (!is_in_the_calendar(ms, &clock)) return INSTANT_NOT_A_TIME;
  *out = (struct instant){ms, date_only, clock.exact};
  return INSTANT_OK;
}

enum instant_result instant_read(const char *text, size_t n, struct instant *out) {
  int64_t ms;
  if (!instant_parse(text, n, &ms)) return read_iso(text, n, out);
  *out = (struct instant){ms, false, true};
  return INSTANT_OK;
}

bool instant_parse_iso(const char *text, size_t n, int64_t *ms) {
  struct instant instant;
  if (instant_read(text, n, &instant) != INSTANT_OK) return false;
  *ms = instant.ms;
  return true;
}

bool instant_may_be_fact(const struct instant *instant) {
  return !instant->date_only && instant->exact;
}

/* An instant that is not exact lies after its millisecond, so no stored instant equals it. */
int instant_compare(int64_t ms, const struct instant *other) {
  if (ms != other->ms) return ms < other->ms ? -1 : 1;
  return other->exact ? 0 : -1;
}
