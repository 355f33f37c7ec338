/*
** A reading is stored after each metered usage, so the state before an instant is one seek, and
** nothing is summed up again. `reading` numbers the usage of one instant, which has no other order
** in this table.
*/
#include "settle/meter.h"

#include <stdlib.h>
#include <string.h>

#include "core/instant.h"
#include "core/units.h"
#include "facts/rater.h"
#include "facts/sql_parts.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

/* The state before ?4, where settling starts. */
static const char sql_meter_before[] =
    "SELECT month, month_micro, carry_micro FROM main._billing_meter WHERE wallet_id = ?1"
    " AND api = ?2 AND sku = ?3 AND at_ms < ?4 ORDER BY at_ms DESC, reading DESC LIMIT 1";

/* The last state of all: where a group that stays open goes on. */
static const char sql_meter_last[] =
    "SELECT month, month_micro, carry_micro, at_ms, reading FROM main._billing_meter"
    " WHERE wallet_id = ?1 AND api = ?2 AND sku = ?3 ORDER BY at_ms DESC, reading DESC LIMIT 1";

/* A reading does not name its usage. One that cost something is found by who paid or owes it. */
static const char sql_free_later[] =
    "SELECT 1 FROM main._billing_free_usage WHERE wallet_id = ?1 AND at_ms = ?2 AND usage_id > ?3"
    " LIMIT 1";

static const char sql_usage_row[] = "SELECT " SQL_USAGE " FROM main.usage u WHERE u.usage_id = ?1";

static const char sql_meter_add[] =
    "INSERT INTO main._billing_meter VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

struct meter_state {
  int64_t wallet_id;
  struct text api, sku; /* the catalogue's */
  struct meter meter;
  int64_t at_ms, reading; /* of the last row */
};

/* Calendar months since 1970-01, in UTC as all days and months of the rules (Q31). */
static int64_t month_of(int64_t at_ms) {
  char text[INSTANT_TEXT_SIZE];
  instant_format(at_ms, text);
  return (strtol(text, NULL, 10) - 1970) * 12 + strtol(text + 5, NULL, 10) - 1;
}

static void bind_key(sqlite3_stmt *statement, const struct meter_state *state) {
  sqlite3_bind_int64(statement, 1, state->wallet_id);
  sqlite3_bind_text(statement, 2, state->api.bytes, state->api.size, SQLITE_STATIC);
  sqlite3_bind_text(statement, 3, state->sku.bytes, state->sku.size, SQLITE_STATIC);
}

/* No row: nothing was used before, and a state of zeros is right. */
static void read_state(struct meter_book *book, struct meter_state *state, int *rc) {
  const char *sql = book->is_stored ? sql_meter_last : sql_meter_before;
  sqlite3_stmt *row = store_take(book->store, sql, rc);
  if (row) {
    bind_key(row, state);
    if (!book->is_stored) sqlite3_bind_int64(row, 4, book->from_ms);
  }
  if (store_row(row, rc)) {
    state->meter.month = sqlite3_column_int64(row, 0);
    state->meter.month_micro = sqlite3_column_int64(row, 1);
    state->meter.carry_micro = sqlite3_column_int64(row, 2);
    if (book->is_stored) {
      state->at_ms = sqlite3_column_int64(row, 3);
      state->reading = sqlite3_column_int64(row, 4);
    }
  }
  store_put(book->store, sql, row, rc);
}

/* True when a reading that was stored before the book was opened is of a later usage. */
static bool is_late(struct meter_book *book, const struct meter_state *state, int64_t at_ms,
                    int64_t usage_id, int *rc) {
  if (!book->is_stored || state->at_ms < at_ms) return false;
  return state->at_ms > at_ms || query_number(book->store, sql_free_later, 0, rc, "iii",
                                              state->wallet_id, at_ms, usage_id) != 0;
}

/* A plain search: a group has few metered apis and skus. */
static struct meter_state *find_state(struct meter_book *book, int64_t wallet_id, struct text api,
                                      struct text sku, int *rc) {
  struct meter_state *state;
  for (int i = 0; i < book->count; i++) {
    state = &book->states[i];
    if (state->wallet_id == wallet_id && text_equal(state->api, api) &&
        text_equal(state->sku, sku)) {
      return state;
    }
  }
  book->states = store_grow(book->states, book->count, &book->room, sizeof(*state), rc);
  if (*rc != SQLITE_OK) return NULL;
  state = memset(&book->states[book->count++], 0, sizeof(*state));
  state->wallet_id = wallet_id;
  state->api = api;
  state->sku = sku;
  state->at_ms = INT64_MIN;
  read_state(book, state, rc);
  return state;
}

static void write_reading(struct meter_book *book, const struct meter_state *state, int *rc) {
  sqlite3_stmt *add = store_take(book->store, sql_meter_add, rc);
  if (add) {
    bind_key(add, state);
    sqlite3_bind_int64(add, 4, state->at_ms);
    sqlite3_bind_int64(add, 5, state->reading);
    sqlite3_bind_int64(add, 6, state->meter.month);
    sqlite3_bind_int64(add, 7, state->meter.month_micro);
    sqlite3_bind_int64(add, 8, state->meter.carry_micro);
  }
  store_run(book->store, sql_meter_add, add, rc);
}

/*
** Two instants: the rate is that of the time at which the usage occurred (Q6), but it enters the
** month in which it counts, since a closed month must not change. The step of the tariff decides
** which meter: usage under '*' shares one.
*/
static bool price_usage(struct meter_book *book, const struct usage_fields *usage,
                        int64_t wallet_id, int64_t at_ms, int64_t *units, int *rc) {
  const struct tariff *tariff = catalogue_tariff(book->catalogue, usage->api, usage->sku);
  const struct tariff_step *step;
  struct meter_state *state;
  struct text at = usage->occurred_at;
  int64_t occurred_ms, quantity_micro, factor;
  if (!tariff) {
    *rc = SQLITE_NOMEM;
    return false;
  }
  if (!instant_parse(at.bytes, (size_t)at.size, &occurred_ms)) return false;
  step = tariff_at(tariff, occurred_ms);
  factor = catalogue_factor(book->catalogue, tariff, usage->outcome);
  state = find_state(book, wallet_id, tariff->api, step->card_sku, rc);
  if (!state || !quantity_to_micro(usage->quantity, &quantity_micro)) return false;
  book->late = is_late(book, state, at_ms, usage->usage_id, rc);
  if (book->late) return false;
  state->reading = state->at_ms == at_ms ? state->reading + 1 : 1;
  state->at_ms = at_ms;
  if (!rate_price_metered(step->rate, quantity_micro, factor, month_of(at_ms), &state->meter,
                          units)) {
    return false;
  }
  write_reading(book, state, rc);
  return *rc == SQLITE_OK;
}

/*
** The staged row has no quantity, as most usage does not need it here: so the usage is read again.
*/
bool meter_price(struct meter_book *book, int64_t wallet_id, int64_t usage_id, int64_t at_ms,
                 int64_t *units, int *rc) {
  sqlite3_stmt *row = store_take(book->store, sql_usage_row, rc);
  bool priced = false;
  if (row) sqlite3_bind_int64(row, 1, usage_id);
  if (store_row(row, rc)) {
    struct usage_fields usage = usage_of_row(row);
    priced = price_usage(book, &usage, wallet_id, at_ms, units, rc);
  }
  store_put(book->store, sql_usage_row, row, rc);
  return priced;
}

void meter_close(struct meter_book *book) {
  sqlite3_free(book->states);
  book->states = NULL;
}
