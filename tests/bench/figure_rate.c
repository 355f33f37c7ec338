/*
** 7: rate() of every row, against a scan of the same columns that only takes their lengths, and against
** the subquery that a user would write instead.
*/
#include "bench.h"

static const char *const queries[] = {
    "SELECT sum(rate(api, sku, quantity, occurred_at)) FROM usage",
    "SELECT sum(length(api) + length(sku) + length(quantity) + length(occurred_at)) FROM usage",
    "SELECT sum((SELECT r.tokens / r.per FROM rate_card r WHERE r.api = u.api AND r.sku = u.sku"
    " AND r.effective_from <= u.occurred_at ORDER BY r.effective_from DESC LIMIT 1) * u.quantity)"
    " FROM usage u",
    /* The same job in full: names as the card knows them, from when on. */
    "SELECT sum((SELECT r.tokens / r.per FROM rate_card r WHERE r.api = u.api AND r.sku = ifnull("
    "  (SELECT a.sku FROM sku_alias a WHERE a.api = u.api AND a.alias = lower(u.sku)"
    "    AND a.effective_from <= u.occurred_at ORDER BY a.effective_from DESC LIMIT 1), u.sku)"
    " AND r.effective_from <= u.occurred_at ORDER BY r.effective_from DESC LIMIT 1) * u.quantity)"
    " FROM usage u",
    "SELECT sum(length(api) + length(sku) + quantity + length(occurred_at)) FROM usage",
};

static void run_query(void *context) {
  step_all(context);
}

void figure_rate(const struct bench *bench) {
  static const char *const names[] = {"rate", "rate-floor", "rate-subquery", "rate-aliases",
                                      "rate-floor-real"};
  sqlite3 *db = open_billing(bench, settled_file(bench, bench->rows));
  sqlite3_stmt *statements[5];
  struct side sides[5];
  for (int i = 0; i < 5; i++) {
    statements[i] = prepare(db, queries[i]);
    sides[i] = (struct side){names[i], statements[i], NULL, run_query, NULL, bench->rows, {0}};
  }
  compare(bench, sides, 5);
  report_ratio(bench, "7", "`sum(rate(…))` over usage, a row", "`sum(length(…))`, same columns",
               &sides[0], &sides[1], 2);
  report_ratio(bench, "7q", "the same (ratio: times faster)",
               "a subquery on rate_card for each row", &sides[0], &sides[2], -5);
  report_ratio(bench, "7a", "the same (ratio: times faster)", "that subquery with sku_alias in it",
               &sides[0], &sides[3], -5);
  report_ratio(bench, "7r", "`sum(rate(…))` over usage, a row",
               "the scan, adding quantity as it is", &sides[0], &sides[4], 0);
  report_note(
      "7: `%s`; most of its time is length(quantity), which has to make a text of a number;"
      " 7r is without that",
      queries[1]);
  report_note("7q: `%s`; it knows no aliases of skus, so it finds no rate for most rows of one api",
              queries[2]);
  for (int i = 0; i < 5; i++) sqlite3_finalize(statements[i]);
  close_file(db);
}
