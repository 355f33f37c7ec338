/*
** Instants: UTC text <-> milliseconds since 1970-01-01 00:00:00 UTC, in the proleptic Gregorian
** calendar, years 0000 to 9999.
**
** One instant has one spelling, `YYYY-MM-DD HH:MM:SS`, with `.SSS` only when it is not `.000`; so
** canonical texts also sort as the instants do. Texts are given by length and need not end in NUL.
*/
#ifndef BILLING_INSTANT_H
#define BILLING_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_DAY INT64_C(86400000)
#define INSTANT_MIN INT64_C(-62167219200000) /* 0000-01-01 00:00:00 */
#define INSTANT_MAX INT64_C(253402300799999) /* 9999-12-31 23:59:59.999 */
#define INSTANT_TEXT_SIZE 32                 /* with the closing NUL */

/* The canonical spelling and nothing else; false leaves *ms alone. */
bool instant_parse(const char *text, size_t n, int64_t *ms);

enum instant_result {
  INSTANT_OK,
  INSTANT_NOT_A_TIME,
  INSTANT_A_YEAR,  /* and nothing more: 2025 */
  INSTANT_A_MONTH, /* 2025-07, 202507 */
  INSTANT_A_WEEK   /* 2025-W31, 2025W31 */
};

/* What a text says. */
struct instant {
  int64_t ms;     /* cut off below the millisecond, toward the past, before 1970 as well */
  bool date_only; /* no time of day: ms is the midnight */
  bool exact;     /* false: the instant lies between ms and ms + 1, at neither of them */
};

/*
** Any full ISO 8601 date, with or without a time of day, and what drivers make of it: calendar,
** ordinal and week dates, basic and extended; `T`, `t` or one space; hours, minutes and seconds,
** the last one given with a fraction of any length after `.` or `,`; 24:00:00 as the next midnight;
** `Z`, `z` or an offset, with or without one space before it, ` UTC` and Go's ` +0000 UTC`. Without
** an offset the text is UTC. The leap second, 23:59:60 of a UTC day in any offset, is the second
** after it. Anything but INSTANT_OK leaves *out alone.
*/
enum instant_result instant_read(const char *text, size_t n, struct instant *out);

/* The same, the milliseconds alone; false leaves *ms alone. */
bool instant_parse_iso(const char *text, size_t n, int64_t *ms);

/* A fact needs a time of day and keeps no digit below the millisecond, so it must have none. */
bool instant_may_be_fact(const struct instant *instant);

/* Below 0, 0 or above 0, as a stored instant is before, at or after what a text says. */
int instant_compare(int64_t ms, const struct instant *other);

/* The canonical spelling; beyond INSTANT_MIN and INSTANT_MAX the nearer of the two. */
void instant_format(int64_t ms, char out[INSTANT_TEXT_SIZE]);

#endif
