/*
** Buckets: the hours, days, weeks and months that a series of figures is cut into, in a time zone's
** offset.
**
** A bucket is half-open, [start, end). Weeks begin on Monday. The offset is that of the zone from
** UTC, in milliseconds; instants are UTC.
*/
#ifndef BILLING_BUCKET_H
#define BILLING_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/text.h"

/* STEP_CHANGE is no bucket: each instant at which something changed. */
enum step { STEP_HOUR, STEP_DAY, STEP_WEEK, STEP_MONTH, STEP_CHANGE, STEP_COUNT };

/* 'hour' 'day' 'week' 'month' 'change'; STEP_COUNT: none of them. */
enum step step_read(struct text text);

const char *step_name(enum step step);

/* '+09:00', '-03:30', 'Z'; false leaves *offset_ms alone. */
bool zone_read(struct text text, int64_t *offset_ms);

/* 'YYYY-MM': the first instant of the month and of the next one; false leaves them alone. */
bool month_read(struct text text, int64_t offset_ms, int64_t *start_ms, int64_t *end_ms);

/*
** The bucket that an instant is in, from INSTANT_MIN to INSTANT_MAX. Of STEP_CHANGE: the
** millisecond.
*/
int64_t bucket_start(int64_t at_ms, enum step step, int64_t offset_ms);
int64_t bucket_end(int64_t at_ms, enum step step, int64_t offset_ms);

#endif
