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

/*
** Any full ISO 8601 date, with or without a time of day: calendar, ordinal and week dates, basic
** and extended; `T`, `t` or one space; hours, minutes and seconds, the last one given with a
** fraction of any length after `.` or `,`; 24:00:00 as the next midnight; `Z` or an offset. Without
** an offset the text is UTC. What is finer than a millisecond is cut off, toward the past.
*/
bool instant_parse_iso(const char *text, size_t n, int64_t *ms);

/* The canonical spelling; beyond INSTANT_MIN and INSTANT_MAX the nearer of the two. */
void instant_format(int64_t ms, char out[INSTANT_TEXT_SIZE]);

#endif
