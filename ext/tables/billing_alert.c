/*
** billing_alert(team_id, at): what a team should know or do at an instant, one row per alert.
**
** A statement for each alert gives the rows. What is left to do here is when a low balance became low:
** the instant at which the balance last came down to the threshold. Nothing is summed over history.
** Between two events of lots (one comes, ends or leaves) the balance never grows: usage draws and
** leaves debts, while offsets need a lot that comes. So the events are walked backward to the one after
** which the balance was still above, and from there the instant is found by halving.
*/
#include "tables/query_table.h"

SQLITE_EXTENSION_INIT3

enum column { TEAM_ID, AT, ALERT, SINCE, TOKENS, MESSAGE, TITLE, COLUMN_COUNT };

/* What is asked of a wallet. */
struct question {
  struct store *store;
  int64_t wallet_id;
  int64_t threshold; /* units */
  int *rc;
};

/* The integer that the statement gives for the wallet and the instant; false: NULL, or an error. */
static bool ask(const struct question *question, enum statement_id id, int64_t at_ms,
                int64_t *answer) {
  sqlite3_stmt *row = store_take(question->store, id, question->rc);
  bool found = false;
  if (row) {
    sqlite3_bind_int64(row, 1, question->wallet_id);
    sqlite3_bind_int64(row, 2, at_ms);
  }
  if (store_row(row, question->rc) && sqlite3_column_type(row, 0) != SQLITE_NULL) {
    *answer = sqlite3_column_int64(row, 0);
    found = true;
  }
  store_put(question->store, id, row, question->rc);
  return found;
}

static bool is_above(const struct question *question, int64_t at_ms) {
  int64_t balance = 0;
  return ask(question, ALERT_BALANCE_AT, at_ms, &balance) && balance > question->threshold;
}

/* The first instant after `above_ms` that is not above; `low_ms` is not, and in between it only falls. */
static int64_t first_low(const struct question *question, int64_t above_ms, int64_t low_ms) {
  while (low_ms - above_ms > 1 && *question->rc == SQLITE_OK) {
    int64_t middle = above_ms + (low_ms - above_ms) / 2;
    if (is_above(question, middle)) {
      above_ms = middle;
    } else {
      low_ms = middle;
    }
  }
  return low_ms;
}

/* Since when the balance is not above the threshold, given that it is not at `at_ms`. */
static int64_t low_since(const struct question *question, int64_t at_ms) {
  int64_t event_ms, since_ms = at_ms;
  while (ask(question, ALERT_LOT_EVENT, at_ms, &event_ms)) {
    if (is_above(question, event_ms)) return first_low(question, event_ms, at_ms);
    since_ms = event_ms;
    if (is_above(question, event_ms - 1)) break;
    at_ms = event_ms - 1;
  }
  return since_ms; /* of a wallet that was never above: since it got its first lot */
}

static int alert_make(struct query_cursor *cursor) {
  (void)cursor;
  return SQLITE_OK;
}

static int alert_column(struct query_cursor *cursor, sqlite3_context *context, int column) {
  struct question question;
  char text[INSTANT_TEXT_SIZE];
  int rc = SQLITE_OK;
  if (column != SINCE || cursor->running != ALERT_LOW) {
    sqlite3_result_value(context, sqlite3_column_value(cursor->rows, column));
    return SQLITE_OK;
  }
  question.store = query_store(cursor);
  question.wallet_id = sqlite3_column_int64(cursor->rows, COLUMN_COUNT);
  question.threshold = sqlite3_column_int64(cursor->rows, COLUMN_COUNT + 1);
  question.rc = &rc;
  instant_format(low_since(&question, cursor->at_ms), text);
  if (rc == SQLITE_OK) sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
  return rc;
}

static const struct query_maker alert_maker = {
    .bytes = 0,
    .make = alert_make,
    .column = alert_column,
};

const struct query_table billing_alert_table = {
    .name = "billing_alert",
    .declaration =
        "CREATE TABLE x(team_id TEXT, at TIMESTAMP, alert TEXT, since TIMESTAMP,"
        " tokens REAL, message TEXT, title TEXT,"
        " p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN)",
    .visible = COLUMN_COUNT,
    .first = ALERT_LOW,
    .last = ALERT_UNASSIGNED,
    .slots = {[SLOT_P_TEAM] = COLUMN_COUNT,
              [SLOT_TEAM] = TEAM_ID,
              [SLOT_P_AT] = COLUMN_COUNT + 1,
              [SLOT_AT] = AT},
    .day_column = NO_COLUMN,
    .rows_per_team = 3,
    .maker = &alert_maker,
};
