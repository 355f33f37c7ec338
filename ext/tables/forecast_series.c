/*
** forecast_series(team_id, at, days): what each of the days to come is expected to cost, and
** between what in four of five cases; of the team (`api` NULL), and of each api. Whole days (UTC)
** from the first midnight at or after `at`. The method is that of wallet_forecast, core/forecast.h
** and docs/guides/forecast.md.
**
** runs_out: 1 from the day on which the tokens in hand do not cover what is expected; said of the
** team.
*/
#include <string.h>

#include "core/units.h"
#include "facts/sql_parts.h"
#include "store/query.h"
#include "store/text.h"
#include "tables/forecast_read.h"
#include "tables/page_parts.h"
#include "tables/query_table.h"
#include "tables/tables.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

#define SQL_DAY_OF(ms) "(" ms " - ?2) / 86400000"

/*
** What wallet ?1 consumed in [?2, ?3), by api and by day from ?2 on. Lots of kinds that pay some
** apis only are left out, as in wallet_forecast.
*/
#define SQL_SERIES_CONSUMED(T) \
  "SELECT api, day, sum(units) FROM (" \
  " SELECT " SQL_API " AS api, " SQL_DAY_OF("e.charged_ms") " AS day, e.units AS units" \
  "  FROM main._billing_holding s CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id" \
  "  CROSS JOIN main.ledger_entry e ON e.lot_id = s.lot_id" \
  "   AND e.charged_ms >= max(s.from_ms, ?2) AND e.charged_ms < min(s.to_ms, ?3)" \
  "  LEFT JOIN main.usage u ON u.usage_id = e.usage_id" \
  "  WHERE s.wallet_id = ?1 AND e.is_offset = 0 AND NOT " SQL_KIND_IS_LIMITED(T) \
  " UNION ALL" \
  " SELECT " SQL_API ", " SQL_DAY_OF("d.at_ms") ", d.units FROM main._billing_debt d" \
  "  LEFT JOIN main.usage u ON u.usage_id = d.usage_id" \
  "  WHERE d.wallet_id = ?1 AND d.at_ms >= ?2 AND d.at_ms < ?3 AND d.since_ms = d.at_ms)" \
  " GROUP BY api, day ORDER BY api"
static const char *const sql_series_consumed[] = {SQL_SERIES_CONSUMED(NOW),
                                                  SQL_SERIES_CONSUMED(THEN)};

/* Debt; window; name of the team; up to when what is shown is settled. */
static const char sql_series_state[] =
    "SELECT " SQL_DEBT_AT("?1", "?2") ", CAST("
    SQL_POLICY("forecast_days", "28", "billing_time(?2)") " AS INTEGER),"
    "  " SQL_TEAM_NAME("?3", "?2") ", " SQL_SETTLED_UNTIL("?2");

static const char sql_series_api[] = "SELECT " SQL_API_NAME("?1", "?2", "?3");

enum column {
  DAY,
  EXPECTED,
  LOW,
  HIGH,
  RUNS_OUT,
  TEAM_ID,
  API,
  TEAM_NAME,
  API_NAME,
  SETTLED_UNTIL
};

struct series_row {
  int64_t wallet_id, days; /* asked for */
  int64_t day_ms;
  int64_t expected; /* units */
  double low, high; /* units */
  bool runs_out;
  char *api; /* NULL: of the team */
  char *team_name, *settled_until;
};

/* ---- what was consumed ---- */

#define MAX_HISTORY (2 * MAX_WINDOW)

struct history {
  char *api;                 /* NULL: of the team */
  int64_t days[MAX_HISTORY]; /* units, latest first */
};

struct series {
  struct query_cursor *cursor;
  struct history *items; /* the team's comes first */
  int count, room;
  int window, basis; /* days looked back at: at most, and in fact */
  int64_t wallet_id, days, debt;
  int64_t until_ms; /* the midnight at or before `at` */
  char *team_name, *settled_until;
  int rc;
};

static int fail_large(struct query_cursor *cursor) {
  return query_fail(
      cursor, SQLITE_ERROR,
      sqlite3_mprintf("forecast_series: more tokens than can be counted, team '%.80s',"
                      " give fewer days",
                      (const char *)sqlite3_column_text(cursor->batch.keys, 0)));
}

/* Never of what settle() stored. */
static int fail_impossible(struct query_cursor *cursor) {
  return query_fail(
      cursor, SQLITE_ERROR,
      sqlite3_mprintf("forecast_series: a lot has paid more than it had, team '%.80s',"
                      " read billing_check",
                      (const char *)sqlite3_column_text(cursor->batch.keys, 0)));
}

static struct store *store_of(const struct series *series) {
  return query_store(series->cursor);
}

static char *copy(const char *text, int *rc) {
  char *copied = text ? sqlite3_mprintf("%s", text) : NULL;
  if (text && !copied) *rc = SQLITE_NOMEM;
  return copied;
}

static struct history *add_history(struct series *series, const char *api) {
  struct history *history;
  series->items =
      store_grow(series->items, series->count, &series->room, sizeof(*series->items), &series->rc);
  if (series->rc != SQLITE_OK) return NULL;
  history = memset(&series->items[series->count], 0, sizeof(*history));
  history->api = copy(api, &series->rc);
  series->count++;
  return history;
}

static void add_consumed(struct series *series, sqlite3_stmt *row) {
  const char *api = (const char *)sqlite3_column_text(row, 0);
  struct history *last = &series->items[series->count - 1];
  int day = 2 * series->window - 1 - sqlite3_column_int(row, 1);
  int64_t units = sqlite3_column_int64(row, 2);
  int64_t *team;
  if (api && (!last->api || strcmp(last->api, api) != 0)) last = add_history(series, api);
  if (!last || day < 0 || day >= MAX_HISTORY) return;
  if (api) last->days[day] = units;
  team = &series->items[0].days[day];
  if (!units_add(*team, units, team)) series->rc = fail_large(series->cursor);
}

static void read_state(struct series *series, struct text team) {
  sqlite3_stmt *row = query_open(store_of(series), sql_series_state, &series->rc, "iit",
                                 series->wallet_id, series->cursor->at_ms, team);
  if (store_row(row, &series->rc)) {
    series->debt = sqlite3_column_int64(row, 0);
    series->window = sqlite3_column_int(row, 1);
    series->team_name = copy((const char *)sqlite3_column_text(row, 2), &series->rc);
    series->settled_until = copy((const char *)sqlite3_column_text(row, 3), &series->rc);
  }
  store_put(store_of(series), sql_series_state, row, &series->rc);
  if (series->window < MIN_WINDOW) series->window = MIN_WINDOW;
  if (series->window > MAX_WINDOW) series->window = MAX_WINDOW;
}

static void read_consumed(struct series *series) {
  struct store *store = store_of(series);
  int64_t from_ms = series->until_ms - INT64_C(2) * series->window * MS_PER_DAY, closed_ms;
  int64_t version =
      known_version(store, series->wallet_id, series->cursor->at_ms, &closed_ms, &series->rc);
  sqlite3_stmt *row;
  if (series->rc != SQLITE_OK || !add_history(series, NULL)) return;
  row = known_take(store, sql_series_consumed, version, &series->rc);
  if (row) {
    sqlite3_bind_int64(row, 1, series->wallet_id);
    sqlite3_bind_int64(row, 2, from_ms);
    sqlite3_bind_int64(row, 3, series->until_ms);
  }
  while (store_row(row, &series->rc)) add_consumed(series, row);
  known_put(store, sql_series_consumed, version, row, &series->rc);
}

/* A team that began in the window, after as long a time without: see wallet_forecast. */
static void find_basis(struct series *series) {
  const int64_t *days = series->items[0].days;
  series->basis = series->window;
  for (int i = series->window; i < 2 * series->window; i++) {
    if (days[i] != 0) return;
  }
  while (series->basis > MIN_WINDOW && days[series->basis - 1] == 0) series->basis--;
}

/* ---- the days to come ---- */

static int64_t runs_out(struct series *series, int64_t to_ms) {
  struct query_cursor *cursor = series->cursor;
  struct lots lots = {NULL, 0, 0};
  struct forecast forecast;
  struct burn burn;
  memset(&forecast, 0, sizeof(forecast));
  forecast_read_lots(store_of(series), series->wallet_id, cursor->at_ms, &lots, &series->rc);
  for (int i = 0; i < lots.count && series->rc == SQLITE_OK; i++) {
    if (lots.items[i].left < 0) series->rc = fail_impossible(cursor);
  }
  if (series->rc == SQLITE_OK &&
      (!forecast_burn(series->items[0].days, series->basis, series->until_ms, &burn) ||
       !forecast_run(&burn, lots.items, lots.count, series->debt, cursor->at_ms, to_ms, INSTANT_MAX,
                     &forecast))) {
    series->rc = fail_large(cursor);
  }
  sqlite3_free(lots.items);
  return series->rc == SQLITE_OK ? forecast.runs_out_ms : FORECAST_NEVER;
}

static void add_row(struct series *series, const struct history *history, int64_t day_ms,
                    const struct burn *burn, struct band band) {
  struct series_row *row = result_add(series->cursor, &series->rc);
  if (!row) return;
  row->wallet_id = series->wallet_id;
  row->days = series->days;
  row->day_ms = day_ms;
  row->expected = forecast_day(burn, day_ms);
  row->low = (double)row->expected * band.low;
  row->high = (double)row->expected * band.high;
  row->api = copy(history->api, &series->rc);
  row->team_name = copy(series->team_name, &series->rc);
  row->settled_until = copy(series->settled_until, &series->rc);
}

static void add_rows(struct series *series, const struct history *history, int64_t from_ms) {
  struct band band = forecast_band(history->days, series->basis, series->until_ms);
  struct burn burn;
  if (!forecast_burn(history->days, series->basis, series->until_ms, &burn)) {
    series->rc = fail_large(series->cursor);
  }
  for (int64_t i = 0; i < series->days && series->rc == SQLITE_OK; i++) {
    add_row(series, history, from_ms + i * MS_PER_DAY, &burn, band);
  }
}

static void mark_run_out(struct series *series, int64_t runs_out_ms) {
  struct query_batch *batch = &series->cursor->batch;
  for (int i = 0; i < batch->count && runs_out_ms != FORECAST_NEVER; i++) {
    struct series_row *row = (struct series_row *)batch->rows + i;
    row->runs_out = runs_out_ms < row->day_ms + MS_PER_DAY;
  }
}

static void fill_team(struct series *series) {
  int64_t from_ms = series->until_ms;
  int64_t runs_out_ms;
  if (from_ms < series->cursor->at_ms) from_ms += MS_PER_DAY;
  runs_out_ms = runs_out(series, from_ms + series->days * MS_PER_DAY);
  for (int i = 0; i < series->count && series->rc == SQLITE_OK; i++) {
    add_rows(series, &series->items[i], from_ms);
  }
  mark_run_out(series, runs_out_ms);
}

/* A batch is a team. */
static int series_fill(struct query_cursor *cursor) {
  struct query_batch *batch = &cursor->batch;
  struct series series = {.cursor = cursor, .rc = SQLITE_OK};
  struct text team = {NULL, -1};
  series.rc = forecast_read_days(cursor, &series.days);
  if (series.rc == SQLITE_OK && batch->number == 1) {
    batch->keys_id = wallets_asked[0];
    batch->keys = store_take(query_store(cursor), batch->keys_id, &series.rc);
    if (query_given(cursor, PARAM_TEAM)) team = text_of_value(query_given(cursor, PARAM_TEAM));
    if (batch->keys && team.size >= 0) {
      series.rc = sqlite3_bind_text(batch->keys, 1, team.bytes, team.size, SQLITE_STATIC);
    }
  }
  if (series.rc != SQLITE_OK || !store_row(batch->keys, &series.rc)) return series.rc;
  series.wallet_id = sqlite3_column_int64(batch->keys, 1);
  series.until_ms = bucket_start(cursor->at_ms, STEP_DAY, 0);
  read_state(&series, text_of_column(batch->keys, 0));
  read_consumed(&series);
  if (series.rc == SQLITE_OK) {
    find_basis(&series);
    fill_team(&series);
  }
  for (int i = 0; i < series.count; i++) sqlite3_free(series.items[i].api);
  sqlite3_free(series.items);
  sqlite3_free(series.team_name);
  sqlite3_free(series.settled_until);
  return series.rc;
}

static void drop_row(void *data) {
  struct series_row *row = data;
  sqlite3_free(row->api);
  sqlite3_free(row->team_name);
  sqlite3_free(row->settled_until);
}

/* ---- columns ---- */

/* Amounts that are foreseen are shown to the hundredth. */
static void result_hundredths(sqlite3_context *context, double units) {
  double tokens = units / (double)UNITS_PER_TOKEN;
  sqlite3_result_double(context, (double)(int64_t)(tokens * 100 + 0.5) / 100);
}

static void result_day(sqlite3_context *context, int64_t day_ms) {
  char text[INSTANT_TEXT_SIZE];
  const int day_size = 10;
  instant_format(day_ms, text);
  sqlite3_result_text(context, text, day_size, SQLITE_TRANSIENT);
}

static int result_api_name(struct query_cursor *cursor, sqlite3_context *context, const char *api) {
  int rc = SQLITE_OK;
  sqlite3_stmt *row;
  if (!api) return rc;
  row = query_open(query_store(cursor), sql_series_api, &rc, "zti", api,
                   text_of_column(cursor->batch.keys, 0), cursor->at_ms);
  if (store_row(row, &rc)) sqlite3_result_value(context, sqlite3_column_value(row, 0));
  store_put(query_store(cursor), sql_series_api, row, &rc);
  return rc;
}

static int series_column(struct query_cursor *cursor, sqlite3_context *context, int column) {
  const struct series_row *row = result_row(cursor);
  switch ((enum column)column) {
    case DAY:
      result_day(context, row->day_ms);
      break;
    case EXPECTED:
      result_hundredths(context, (double)row->expected);
      break;
    case LOW:
      result_hundredths(context, row->low);
      break;
    case HIGH:
      result_hundredths(context, row->high);
      break;
    case RUNS_OUT:
      if (!row->api) sqlite3_result_int(context, row->runs_out);
      break;
    case TEAM_ID:
      return query_result(cursor, context, sqlite3_column_value(cursor->batch.keys, 0));
    case API:
      return query_result_text(context, row->api);
    case TEAM_NAME:
      return query_result_text(context, row->team_name);
    case API_NAME:
      return result_api_name(cursor, context, row->api);
    case SETTLED_UNTIL:
      sqlite3_result_text(context, row->settled_until, -1, SQLITE_TRANSIENT);
      break;
  }
  return SQLITE_OK;
}

static void series_key(const void *data, sqlite3_str *key) {
  const struct series_row *row = data;
  sqlite3_str_appendf(key, "%lld,%lld,%lld,%s", (long long)row->wallet_id, (long long)row->days,
                      (long long)row->day_ms, row->api ? row->api : "");
}

static const struct query_batches series_batches = {
    .row_bytes = (int)sizeof(struct series_row),
    .fill = series_fill,
    .column = series_column,
    .key = series_key,
    .drop = drop_row,
};

const struct query_table forecast_series_table = {
    .name = "forecast_series",
    .columns =
        "day DATE, expected REAL, low REAL, high REAL, runs_out INTEGER, team_id TEXT,"
        " api TEXT, team_name TEXT, api_name TEXT, settled_until TIMESTAMP,"
        " p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN, p_days INTEGER HIDDEN,"
        " at TIMESTAMP HIDDEN, days INTEGER HIDDEN",
    .rows_per_team = 300,
    .batches = &series_batches,
};
