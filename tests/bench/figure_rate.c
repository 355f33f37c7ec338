/*
** 7: rate() of every row, against a scan of the same columns that only takes their lengths, and
** against the subquery that a user would write instead.
*/
#include "bench.h"

#define SQL_RATE "SELECT sum(rate(api, sku, quantity, occurred_at)) FROM usage"
#define SQL_LENGTHS \
  "SELECT sum(length(api) + length(sku) + length(quantity) + length(occurred_at)) FROM usage"

/*
** What rate() answers, in SQL: an api and a sku by any of their names, a free api, the price by
** the time.
*/
#define SQL_LATEST(alias)                                                   \
  "(SELECT s.sku FROM sku_alias s WHERE s.api = a.api AND s.alias = " alias \
  "  AND s.effective_from <= u.occurred_at ORDER BY s.effective_from DESC LIMIT 1)"
#define SQL_SUBQUERY \
  "SELECT sum((SELECT CASE WHEN a.premium = 0 THEN 0 ELSE"                                \
  " (SELECT max(u.quantity, r.minimum) * r.tokens / r.per FROM rate_card r"               \
  "   WHERE r.api = a.api AND r.sku = coalesce(" SQL_LATEST("lower(u.sku)") ","           \
  "    (SELECT c.sku FROM rate_card c WHERE c.api = a.api AND c.sku = lower(u.sku)),"     \
  "    " SQL_LATEST("'*'") ", '*')"                                                       \
  "   AND r.effective_from <= u.occurred_at ORDER BY r.effective_from DESC LIMIT 1) END"  \
  " FROM api a WHERE a.api ="                                                             \
  "  ifnull((SELECT n.api FROM api_alias n WHERE n.alias = lower(u.api)), lower(u.api))))" \
  " FROM usage u"

/* The same where every name is the one on the card: nothing is priced by another name. */
#define SQL_BY_NAME                                                                              \
  "SELECT sum((SELECT r.tokens / r.per FROM rate_card r WHERE r.api = u.api AND r.sku = u.sku"   \
  " AND r.effective_from <= u.occurred_at ORDER BY r.effective_from DESC LIMIT 1) * u.quantity)" \
  " FROM usage u"

static const char *const queries[] = {
    SQL_RATE,
    SQL_LENGTHS,
    SQL_SUBQUERY,
    SQL_BY_NAME,
    "SELECT sum(length(api) + length(sku) + quantity + length(occurred_at)) FROM usage",
};

enum { RATE, LENGTHS, SUBQUERY, BY_NAME, REAL_QUANTITY, COUNT };

static void run_query(void *context) {
  step_all(context);
}

/* A comparison of speed means something only where both say the same, here in whole units. */
static void must_agree(sqlite3 *db) {
  if (ask_int(db, "SELECT round((" SQL_RATE ") * 3600) IS round((" SQL_SUBQUERY ") * 3600)"))
    return;
  stop("figure 7", "rate() and the subquery differ");
}

void figure_rate(const struct bench *bench) {
  static const char *const names[] = {"rate", "rate-floor", "rate-subquery", "rate-by-name",
                                      "rate-floor-real"};
  sqlite3 *db = open_billing(bench, settled_file(bench, bench->rows));
  sqlite3_stmt *statements[COUNT];
  struct side sides[COUNT];
  if (!bench->only) must_agree(db);
  for (int i = 0; i < COUNT; i++) {
    statements[i] = prepare(db, queries[i]);
    sides[i] = (struct side){names[i], statements[i], NULL, run_query, NULL, bench->rows, {0}};
  }
  compare(bench, sides, COUNT);
  report_ratio(bench, "7", "`sum(rate(…))` over usage, a row", "`sum(length(…))`, same columns",
               &sides[RATE], &sides[LENGTHS], 2);
  report_ratio(bench, "7q", "the same (ratio: times faster)",
               "a subquery on the rate table that answers the same", &sides[RATE], &sides[SUBQUERY],
               -5);
  report_ratio(bench, "7n", "`sum(rate(…))` over usage, a row",
               "a subquery that knows no other names, and prices half of it", &sides[RATE],
               &sides[BY_NAME], 0);
  report_ratio(bench, "7r", "`sum(rate(…))` over usage, a row",
               "the scan, adding quantity as it is", &sides[RATE], &sides[REAL_QUANTITY], 0);
  report_note(
      "7: `%s`; most of its time is length(quantity), which has to make a text of a number;"
      " 7r is without that",
      queries[LENGTHS]);
  report_note("7q: `%s`; its sum is that of rate(), or this program stops", queries[SUBQUERY]);
  report_note("7n: `%s`; it finds no rate for most rows of one api", queries[BY_NAME]);
  for (int i = 0; i < COUNT; i++) sqlite3_finalize(statements[i]);
  close_file(db);
}
