/*
** wallet_forecast(team_id, at, days): how long the tokens in hand last, what of them will lapse,
** and what to buy so that they last `days` days more. What is foreseen, and how, core/forecast.h
** tells.
**
** `days` is a whole number from 1 to 3660, 90 when omitted. Amounts that are foreseen are shown to
** the hundredth of a token: more would say more than is known.
*/
#include <stddef.h>
#include <string.h>

#include "core/units.h"
#include "facts/sql_parts.h"
#include "store/query.h"
#include "tables/forecast_read.h"
#include "tables/query_table.h"
#include "tables/reading_parts.h"
#include "tables/alert_parts.h"
#include "tables/tables.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

/*
** ---- wallet_forecast ----
**
** Lots of kinds that pay only some apis are left out, with what they paid. ?1 wallet, ?2 at
*/

/*
** For the midnight before `at` and each of the ?3 midnights before that: what was consumed in all
** up to it, and what lots that are left out paid on the day that ends there.
*/
#define SQL_FORECAST_CONSUMED(T) \
  "WITH RECURSIVE day(n, end_ms) AS (" \
  "  SELECT 0, ?2 - ((?2 % 86400000) + 86400000) % 86400000" \
  "  UNION ALL SELECT n + 1, end_ms - 86400000 FROM day WHERE n < ?3)" \
  " SELECT " SQL_CONSUMED("?1", "day.end_ms - 1", "?2 - (?3 + 2) * 86400000", "") "," \
  "  ifnull((SELECT sum(e.units) FROM main._billing_holding s" \
  "  CROSS JOIN main._billing_settled_lot l" \
  "   ON l.lot_id = s.lot_id CROSS JOIN main.ledger_entry e ON e.lot_id = s.lot_id" \
  "    AND e.charged_ms >= max(s.from_ms, day.end_ms - 86400000)" \
  "    AND e.charged_ms < min(s.to_ms, day.end_ms)" \
  "   WHERE s.wallet_id = ?1 AND e.is_offset = 0 AND " SQL_KIND_IS_LIMITED(T) "), 0)" \
  " FROM day ORDER BY n"

/* Was anything consumed in [?2, ?3)? */
#define SQL_FORECAST_OLDER(T) \
  "SELECT EXISTS (SELECT 1 FROM main._billing_holding s CROSS JOIN main._billing_settled_lot l" \
  "   ON l.lot_id = s.lot_id CROSS JOIN main.ledger_entry e ON e.lot_id = s.lot_id" \
  "   AND e.charged_ms >= max(s.from_ms, ?2) AND e.charged_ms < min(s.to_ms, ?3)" \
  "  WHERE s.wallet_id = ?1 AND e.is_offset = 0 AND NOT " SQL_KIND_IS_LIMITED(T) \
  ")" \
  " OR EXISTS (SELECT 1 FROM main._billing_debt d WHERE d.wallet_id = ?1 AND d.at_ms >= ?2" \
  "  AND d.at_ms < ?3 AND d.since_ms = d.at_ms)"

/* What is in hand: held and bought by then, not over; in draw order. ?3: the close, or NULL */
#define SQL_FORECAST_LOTS(T) \
  "SELECT l.units - " SQL_LOT_USED("l", "?2") ", l.start_ms, " SQL_END_MS \
  " FROM main._billing_holding s CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id" \
  SQL_KNOWN_LIFE("?2") \
  " JOIN " T(token_kind) " r ON r.kind = l.kind" \
  " WHERE s.wallet_id = ?1 AND s.from_ms <= ?2 AND ?2 < s.to_ms" \
  "  AND l.start_ms < " SQL_END_MS " AND ?2 < " SQL_END_MS " AND NOT " SQL_KIND_IS_LIMITED(T) \
  "  AND " SQL_KNOWN_LOT("?3") \
  " ORDER BY r.rank, " SQL_EXPIRES_MS ", l.units, l.purchased_ms, l.lot_id"

/* Balance and debt; the end of a lot bought at ?2, as text ?3; window; smallest purchase. */
#define SQL_FORECAST_STATE(T) \
  "SELECT " SQL_BALANCE_AT("?1", "?2") ", " SQL_DEBT_AT("?1", "?2") "," \
  " " SQL_MS_PLUS("?3", SQL_POLICY_OF(T, "lot_term", "'+1 year'", "?3")) "," \
  " CAST(" SQL_POLICY_OF(T, "forecast_days", "28", "?3") " AS INTEGER)," \
  " " SQL_POLICY_OF(T, "min_purchase_tokens", "100", "?3")

static const char *const sql_forecast_consumed[] = {SQL_FORECAST_CONSUMED(NOW),
                                                    SQL_FORECAST_CONSUMED(THEN)};
static const char *const sql_forecast_older[] = {SQL_FORECAST_OLDER(NOW), SQL_FORECAST_OLDER(THEN)};
static const char *const sql_forecast_lots[] = {SQL_FORECAST_LOTS(NOW), SQL_FORECAST_LOTS(THEN)};
static const char *const sql_forecast_state[] = {SQL_FORECAST_STATE(NOW), SQL_FORECAST_STATE(THEN)};

#define DEFAULT_DAYS 90
#define MAX_DAYS 3660

enum column {
  TEAM_ID,
  AT,
  DAYS,
  BALANCE,
  PER_DAY,
  BASIS_DAYS,
  WILL_USE,
  WILL_LAPSE,
  RUNS_OUT_ON,
  NEEDED,
  PURCHASE,
  COLUMN_COUNT
};

struct forecast_row {
  int64_t wallet_id;
  int64_t version, closed_ms; /* by which facts `at` is read, see facts/known.h */
  int64_t days;
  int64_t balance, debt; /* units */
  int64_t term_ms;       /* end of a lot that is bought now */
  double least;          /* smallest purchase, tokens */
  int window, basis;     /* days looked back at: at most, and in fact */
  struct burn burn;
  struct forecast forecast;
};

/* ---- what is asked ---- */

/*
** A text that is nothing but the integer. sqlite3_value_numeric_type() would say so, but it reads
** the connection of the value, and a copy of a value (sqlite3_value_dup) has none: SQLite 3.52
** crashes.
*/
static bool is_number(int64_t number, const char *text, size_t size) {
  char digits[24];
  sqlite3_snprintf((int)sizeof(digits), digits, "%lld", (long long)number);
  return strlen(digits) == size && memcmp(digits, text, size) == 0;
}

int forecast_read_days(struct query_cursor *cursor, int64_t *days) {
  sqlite3_value *value = query_given(cursor, PARAM_DAYS);
  const char *text;
  int type;
  *days = DEFAULT_DAYS;
  if (!value || sqlite3_value_type(value) == SQLITE_NULL) return SQLITE_OK;
  type = sqlite3_value_type(value); /* before the text is asked for: that makes a blob a text */
  *days = sqlite3_value_int64(value);
  text = (const char *)sqlite3_value_text(value);
  if (!text) return SQLITE_NOMEM; /* it is converted in a database of UTF-16 */
  if (type == SQLITE_INTEGER ||
      (type == SQLITE_TEXT && is_number(*days, text, (size_t)sqlite3_value_bytes(value)))) {
    if (*days >= 1 && *days <= MAX_DAYS) return SQLITE_OK;
  }
  cursor->base.pVtab->zErrMsg = sqlite3_mprintf(
      "%s: days is not a whole number from 1 to %d, '%.40s', give how far to look ahead",
      ((const struct query_vtab *)cursor->base.pVtab)->table->name, MAX_DAYS, text);
  return SQLITE_ERROR;
}

static int too_large(struct query_cursor *cursor) {
  cursor->base.pVtab->zErrMsg = sqlite3_mprintf(
      "wallet_forecast: more tokens than can be counted, team '%.80s', give fewer days",
      (const char *)sqlite3_column_text(cursor->rows, 0));
  return SQLITE_ERROR;
}

/* Never of what settle() stored. */
static int impossible(struct query_cursor *cursor) {
  cursor->base.pVtab->zErrMsg = sqlite3_mprintf(
      "wallet_forecast: a lot has paid more than it had, team '%.80s', read billing_check",
      (const char *)sqlite3_column_text(cursor->rows, 0));
  return SQLITE_ERROR;
}

/* A statement about the wallet; ?2 is an instant. */
static sqlite3_stmt *ask(struct query_cursor *cursor, const char *const sql[2], int64_t at_ms,
                         int *rc) {
  const struct forecast_row *row = cursor->extra;
  sqlite3_stmt *statement = known_take(query_store(cursor), sql, row->version, rc);
  if (statement) {
    sqlite3_bind_int64(statement, 1, row->wallet_id);
    sqlite3_bind_int64(statement, 2, at_ms);
  }
  return statement;
}

static void read_state(struct query_cursor *cursor, int *rc) {
  struct forecast_row *row = cursor->extra;
  sqlite3_stmt *state = ask(cursor, sql_forecast_state, cursor->at_ms, rc);
  if (state) sqlite3_bind_text(state, 3, cursor->at, -1, SQLITE_STATIC);
  if (store_row(state, rc)) {
    row->balance = sqlite3_column_int64(state, 0);
    row->debt = sqlite3_column_int64(state, 1);
    row->term_ms =
        sqlite3_column_type(state, 2) == SQLITE_NULL ? INSTANT_MAX : sqlite3_column_int64(state, 2);
    row->window = sqlite3_column_int(state, 3);
    row->least = sqlite3_column_double(state, 4);
  }
  known_put(query_store(cursor), sql_forecast_state, row->version, state, rc);
  if (row->window < MIN_WINDOW) row->window = MIN_WINDOW;
  if (row->window > MAX_WINDOW) row->window = MAX_WINDOW;
}

/* ---- consumption ---- */

static int64_t midnight_before(int64_t at_ms) {
  int64_t over = at_ms % MS_PER_DAY;
  return at_ms - (over < 0 ? over + MS_PER_DAY : over);
}

/* Units of each of the last full days, latest first. */
static void read_consumed(struct query_cursor *cursor, int64_t *days, int *rc) {
  const struct forecast_row *row = cursor->extra;
  sqlite3_stmt *step = ask(cursor, sql_forecast_consumed, cursor->at_ms, rc);
  int64_t later = 0; /* consumed up to the midnight after, but for what is left out of that day */
  if (step) sqlite3_bind_int(step, 3, row->window);
  for (int i = 0; i <= row->window && store_row(step, rc); i++) {
    int64_t total = sqlite3_column_int64(step, 0);
    if (i > 0 && !units_sub(later, total, &days[i - 1])) *rc = too_large(cursor);
    if (!units_sub(total, sqlite3_column_int64(step, 1), &later)) *rc = too_large(cursor);
  }
  known_put(query_store(cursor), sql_forecast_consumed, row->version, step, rc);
}

static bool consumed_between(struct query_cursor *cursor, int64_t from_ms, int64_t to_ms, int *rc) {
  const struct forecast_row *row = cursor->extra;
  sqlite3_stmt *older = ask(cursor, sql_forecast_older, from_ms, rc);
  bool answer;
  if (older) sqlite3_bind_int64(older, 3, to_ms);
  answer = store_row(older, rc) && sqlite3_column_int(older, 0) != 0;
  known_put(query_store(cursor), sql_forecast_older, row->version, older, rc);
  return answer;
}

/*
** A team that began in the window, after at least as long a time without consumption, is judged
** from its first day on; but by a week at least.
*/
static void read_burn(struct query_cursor *cursor, int *rc) {
  struct forecast_row *row = cursor->extra;
  int64_t until_ms = midnight_before(cursor->at_ms);
  int64_t from_ms = until_ms - row->window * MS_PER_DAY;
  int64_t days[MAX_WINDOW] = {0};
  read_consumed(cursor, days, rc);
  row->basis = row->window;
  if (!consumed_between(cursor, from_ms - row->window * MS_PER_DAY, from_ms, rc)) {
    while (row->basis > MIN_WINDOW && days[row->basis - 1] == 0) row->basis--;
  }
  if (*rc == SQLITE_OK && !forecast_burn(days, row->basis, until_ms, &row->burn)) {
    *rc = too_large(cursor);
  }
}

/* ---- one row ---- */

/* The next place, or NULL with *rc set. */
static struct forecast_lot *add_lot(struct lots *lots, int *rc) {
  lots->items = store_grow(lots->items, lots->count, &lots->room, sizeof(*lots->items), rc);
  return *rc == SQLITE_OK ? &lots->items[lots->count++] : NULL;
}

void forecast_read_lots(struct store *store, int64_t wallet_id, int64_t at_ms, struct lots *lots,
                        int *rc) {
  int64_t closed_ms, version = known_version(store, wallet_id, at_ms, &closed_ms, rc);
  sqlite3_stmt *step = known_take(store, sql_forecast_lots, version, rc);
  if (step) {
    sqlite3_bind_int64(step, 1, wallet_id);
    sqlite3_bind_int64(step, 2, at_ms);
    if (version) sqlite3_bind_int64(step, 3, closed_ms);
  }
  while (store_row(step, rc)) {
    struct forecast_lot *lot = add_lot(lots, rc);
    if (!lot) break;
    lot->left = sqlite3_column_int64(step, 0);
    lot->start_ms = sqlite3_column_int64(step, 1);
    lot->end_ms = sqlite3_column_int64(step, 2);
  }
  known_put(store, sql_forecast_lots, version, step, rc);
}

static int make_forecast(struct query_cursor *cursor) {
  struct forecast_row *row = cursor->extra;
  struct lots lots = {NULL, 0, 0};
  int64_t to_ms;
  int rc;
  row->wallet_id = sqlite3_column_int64(cursor->rows, 1);
  rc = forecast_read_days(cursor, &row->days);
  if (rc != SQLITE_OK) return rc;
  row->version =
      known_version(query_store(cursor), row->wallet_id, cursor->at_ms, &row->closed_ms, &rc);
  read_state(cursor, &rc);
  read_burn(cursor, &rc);
  forecast_read_lots(query_store(cursor), row->wallet_id, cursor->at_ms, &lots, &rc);
  for (int i = 0; i < lots.count; i++) {
    if (lots.items[i].left < 0) rc = impossible(cursor);
  }
  to_ms = cursor->at_ms + row->days * MS_PER_DAY;
  if (rc == SQLITE_OK && !forecast_run(&row->burn, lots.items, lots.count, row->debt, cursor->at_ms,
                                       to_ms, row->term_ms, &row->forecast)) {
    rc = too_large(cursor);
  }
  sqlite3_free(lots.items);
  return rc;
}

/* ---- columns ---- */

static void result_hundredths(sqlite3_context *context, int64_t units) {
  const int64_t hundredth = UNITS_PER_TOKEN / 100;
  int64_t whole = units / hundredth + (units % hundredth >= hundredth / 2);
  sqlite3_result_double(context, (double)whole / 100);
}

/* What lacks in whole tokens, up; no purchase now helps when it is out of reach. */
static void result_purchase(const struct forecast_row *row, sqlite3_context *context,
                            double least) {
  int64_t missing = row->forecast.missing;
  double needed = (double)(missing / UNITS_PER_TOKEN + (missing % UNITS_PER_TOKEN != 0));
  if (row->forecast.out_of_reach) return;
  sqlite3_result_double(context, needed > 0 && needed < least ? least : needed);
}

static void result_day(sqlite3_context *context, int64_t at_ms) {
  char text[INSTANT_TEXT_SIZE];
  const int day_size = 10;
  if (at_ms == FORECAST_NEVER) return;
  instant_format(at_ms, text);
  sqlite3_result_text(context, text, day_size, SQLITE_TRANSIENT);
}

static int forecast_column(struct query_cursor *cursor, sqlite3_context *context, int column) {
  const struct forecast_row *row = cursor->extra;
  switch ((enum column)column) {
    case TEAM_ID:
      return query_result(cursor, context, sqlite3_column_value(cursor->rows, 0));
    case AT:
      sqlite3_result_text(context, cursor->at, -1, SQLITE_TRANSIENT);
      break;
    case DAYS:
      sqlite3_result_int64(context, row->days);
      break;
    case BALANCE:
      sqlite3_result_double(context, units_to_tokens(row->balance));
      break;
    case PER_DAY:
      result_hundredths(context, row->burn.mean);
      break;
    case BASIS_DAYS:
      sqlite3_result_int(context, row->basis);
      break;
    case WILL_USE:
      result_hundredths(context, row->forecast.will_use);
      break;
    case WILL_LAPSE:
      result_hundredths(context, row->forecast.will_lapse);
      break;
    case RUNS_OUT_ON:
      result_day(context, row->forecast.runs_out_ms);
      break;
    case NEEDED:
      result_purchase(row, context, 0);
      break;
    case PURCHASE:
      result_purchase(row, context, row->least);
      break;
    case COLUMN_COUNT:
      break;
  }
  return SQLITE_OK;
}

static void forecast_key(const struct query_cursor *cursor, sqlite3_str *key) {
  const struct forecast_row *row = cursor->extra;
  sqlite3_str_appendf(key, "%lld", (long long)row->days);
}

static const struct query_maker forecast_maker = {
    .bytes = (int)sizeof(struct forecast_row),
    .make = make_forecast,
    .column = forecast_column,
    .key = forecast_key,
};

const struct query_table wallet_forecast_table = {
    .name = "wallet_forecast",
    .columns =
        "team_id TEXT, at TIMESTAMP, days INTEGER, balance REAL,"
        " per_day REAL, basis_days INTEGER, will_use REAL, will_lapse REAL,"
        " runs_out_on DATE, needed REAL, purchase REAL,"
        " p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN, p_days INTEGER HIDDEN",
    .rows = wallets_asked,
    .key = BIT(0),
    .rows_per_team = 1,
    .maker = &forecast_maker,
};
