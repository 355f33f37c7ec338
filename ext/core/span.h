/*
** Spans of time in which amounts are added up, so that the sum of all before an instant takes few
** rows.
**
** Spans of level 0 are single milliseconds. A span of each further level holds 256 of the level
** below, but for level 1: it holds 4,096 milliseconds, since hardly any two instants lie closer
** together. Each amount is part of one span a level, so adding one takes SPAN_LEVELS rows. What
** lies before an instant is one range of spans a level, none longer than the span above it, so
** adding it all up reads 256 rows a level at most, and mostly a few.
*/
#ifndef BILLING_SPAN_H
#define BILLING_SPAN_H

#include <stdint.h>

#define SPAN_LEVELS 5

/* Spans of one level that begin in [from_ms, to_ms). */
struct span_range {
  int64_t from_ms, to_ms;
};

/* Where the span of a level begins in which an instant lies. */
int64_t span_begin(int level, int64_t at_ms);

/* One range a level: together they cover all time before the instant, and no time twice. */
void spans_before(int64_t at_ms, struct span_range ranges[SPAN_LEVELS]);

#endif
