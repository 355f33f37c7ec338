/*
** Pages: reading tables about a period, [since, until) or a month, cut into buckets
** (core/bucket.h).
**
** A page has the parameters that its arguments name:
**   since      30 days before until, at midnight, when it is omitted
**   until      `at` when it is omitted; now when the page has no `at`
**   step       'hour' 'day' 'week' 'month' 'change'; 'day' when it is omitted
**   zone       the offset of a time zone, '+09:00'; UTC when it is omitted
**   zero       1: buckets without usage have a row as well
**   month      'YYYY-MM', the present one when it is omitted; a month that is not over ends now
**   published  1: what was shown at the earlier of `at` and until, report_lag_days late (D64, Q30)
*/
#ifndef BILLING_PAGE_H
#define BILLING_PAGE_H

#include "tables/query_table.h"

/* Reads them into cursor->page, after `at`. Fails with a text in vtab->zErrMsg. */
int page_read(struct query_cursor *cursor);

/* Their part in a row's identity. */
void page_add_to_key(const struct query_cursor *cursor, sqlite3_str *key);

/* The column of a parameter, as it was read. */
void page_result(const struct query_cursor *cursor, enum parameter parameter,
                 sqlite3_context *context);

#endif
