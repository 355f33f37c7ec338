/*
** What wallet_forecast and forecast_series read alike.
*/
#ifndef BILLING_FORECAST_READ_H
#define BILLING_FORECAST_READ_H

#include "core/forecast.h"
#include "tables/query_table.h"

#define MIN_WINDOW 7   /* days to look back at least */
#define MAX_WINDOW 730 /* policy forecast_days may not be more */

/* The lots in hand at an instant, in draw order; `items` is for sqlite3_free(). */
struct lots {
  struct forecast_lot *items;
  int count, room;
};

/* The parameter `days`, or its default. Fails with a text in vtab->zErrMsg. */
int forecast_read_days(struct query_cursor *cursor, int64_t *days);

void forecast_read_lots(struct store *store, int64_t wallet_id, int64_t at_ms, struct lots *lots,
                        int *rc);

#endif
