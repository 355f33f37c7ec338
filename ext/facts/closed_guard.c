/*
** What the steps before a change call while there is a closed period (steps.c): they return 1 or
** refuse.
*/
#include <string.h>

#include "core/access.h"
#include "core/instant.h"
#include "store/error.h"
#include "facts/functions.h"
#include "facts/closed.h"
#include "facts/fact.h"
#include "store/query.h"
#include "store/store.h"
#include "store/text.h"
#include "facts/lookup.h"
#include "facts/access_check.h"

SQLITE_EXTENSION_INIT3

static bool read_time(sqlite3_value *value, int64_t *ms) {
  struct text text = text_of_value(value);
  return sqlite3_value_type(value) == SQLITE_TEXT &&
         instant_parse(text.bytes, (size_t)text.size, ms);
}

static int64_t time_of(sqlite3_value *value) {
  int64_t ms = NEVER;
  read_time(value, &ms);
  return ms;
}

static int64_t wallet_of_team(struct store *store, sqlite3_value *team_id, int *rc) {
  return query_number(store, sql_wallet_of_team, 0, rc, "v", team_id);
}

static void answer(sqlite3_context *context, int rc) {
  if (rc == SQLITE_OK) {
    sqlite3_result_int(context, 1);
  } else {
    sqlite3_result_error_code(context, rc);
  }
}

static const char remedy_usage[] =
    "correct it by a new usage, or by a usage of api 'adjustment' or a lot of that kind";
static const char remedy_describing[] =
    "re-open the period by deleting its period_close row, change it, then close again";
static const char remedy_lot[] =
    "correct it by a lot of kind 'adjustment' or a usage of that api, or set voided_at";

/* usage: its key, client_id and occurred_at. The wallet that holds it and since when, or 0. */
static int64_t holder_of(struct store *store, sqlite3_value **usage, int64_t *counted_ms, int *rc) {
  int64_t payer_id = query_number(store, sql_wallet_of_client, 0, rc, "vv", usage[1], usage[2]);
  return close_holder(store, payer_id, sqlite3_value_int64(usage[0]), time_of(usage[2]), counted_ms,
                      rc);
}

/* The lot is settled in the closed period of a team; *closed_ms is that close. */
static bool lot_is_held(struct store *store, sqlite3_value *lot_id, sqlite3_value *team_id,
                        int64_t *closed_ms, int *rc) {
  int64_t wallet_id = wallet_of_team(store, team_id, rc);
  *closed_ms = wallet_id ? close_of_wallet(store, wallet_id, rc) : NEVER;
  return close_holds_lot(store, sqlite3_value_int64(lot_id), *closed_ms, rc);
}

/*
** Outside a trigger the call fails. Where a time is only spelled canonically there is nothing to
** keep.
*/
static bool is_answered(sqlite3_context *context, const char *function) {
  const struct store *store = sqlite3_user_data(context);
  if (called_outside_trigger(context, function)) return true;
  if (store->respelling) sqlite3_result_int(context, 1);
  return store->respelling > 0;
}

/*
** billing_keep_usage(usage_id, client_id, occurred_at [, column, value]): refused inside a closed
** period. A column that describes the usage can't be corrected by another row, so its remedy is to
** re-open the period.
*/
static void keep_usage(sqlite3_context *context, int argc, sqlite3_value **argv) {
  if (is_answered(context, "billing_keep_usage")) return;
  int rc = SQLITE_OK;
  bool describes = argc > 3;
  const struct column *column = describes ? fact_column(argv[3]) : NULL;
  int64_t counted_ms;
  if (holder_of(sqlite3_user_data(context), argv, &counted_ms, &rc)) {
    complain(context, SQLITE_CONSTRAINT, column ? column->name : "usage.usage_id",
             "settled in a closed period", describes ? argv[4] : argv[0],
             describes ? remedy_describing : remedy_usage);
  } else {
    answer(context, rc);
  }
}

static const char sql_names_add[] =
    "INSERT INTO main._billing_closed_name"
    " SELECT usage_id, billing_api(api), billing_sku(api, sku, occurred_at), ?2, ?3"
    " FROM main.usage WHERE usage_id = ?1 ON CONFLICT DO NOTHING";

/*
** billing_keep_names(usage_id, client_id, occurred_at): 1; keeps the names of a usage that a close
** holds, as the catalogue has them now
*/
static void keep_names(sqlite3_context *context, int argc, sqlite3_value **argv) {
  if (is_answered(context, "billing_keep_names")) return;
  struct store *store = sqlite3_user_data(context);
  int rc = SQLITE_OK;
  int64_t counted_ms = NEVER;
  int64_t wallet_id = holder_of(store, argv, &counted_ms, &rc);
  (void)argc;
  if (wallet_id) {
    query_run(store, sql_names_add, &rc, "vii", argv[0], wallet_id, counted_ms);
  }
  answer(context, rc);
}

/*
** billing_keep_lot(lot_id, team_id, forever, at, …): `forever` 1 refuses once the lot was alive,
** or over, in a closed period; otherwise each `at` that is not NULL must not lie in it.
*/
static void keep_lot(sqlite3_context *context, int argc, sqlite3_value **argv) {
  if (is_answered(context, "billing_keep_lot")) return;
  int rc = SQLITE_OK;
  int64_t closed_ms;
  bool held = lot_is_held(sqlite3_user_data(context), argv[0], argv[1], &closed_ms, &rc);
  bool touched = sqlite3_value_int(argv[2]) != 0;
  for (int i = 3; i < argc; i++) {
    touched =
        touched || (sqlite3_value_type(argv[i]) != SQLITE_NULL && time_of(argv[i]) < closed_ms);
  }
  if (held && touched) {
    complain(context, SQLITE_CONSTRAINT, "token_lot.lot_id", "settled in a closed period", argv[0],
             remedy_lot);
  } else {
    answer(context, rc);
  }
}

/* billing_keep_close(closed_until): the refusal of a change of a close */
static void keep_close(sqlite3_context *context, int argc, sqlite3_value **argv) {
  if (is_answered(context, "billing_keep_close")) return;
  (void)argc;
  complain(context, SQLITE_CONSTRAINT, "period_close.closed_until", "a close cannot be changed",
           argv[0], "delete the last one to re-open its period");
}

/*
** billing_keep_move(lot_id, team_id, moved_at): a move that counted in a closed period is refused
*/
static void keep_move(sqlite3_context *context, int argc, sqlite3_value **argv) {
  if (is_answered(context, "billing_keep_move")) return;
  struct store *store = sqlite3_user_data(context);
  int rc = SQLITE_OK;
  int64_t wallet_id = wallet_of_team(store, argv[1], &rc);
  (void)argc;
  if (wallet_id &&
      close_holds_move(store, wallet_id, sqlite3_value_int64(argv[0]), time_of(argv[2]), &rc)) {
    complain(context, SQLITE_CONSTRAINT, "lot_move.moved_at", "lies in a closed period", argv[2],
             "record a later one instead");
    return;
  }
  answer(context, rc);
}

/* billing_keep_unblock(team_id, at): an unblock inside a closed period is refused */
static void keep_unblock(sqlite3_context *context, int argc, sqlite3_value **argv) {
  if (is_answered(context, "billing_keep_unblock")) return;
  struct store *store = sqlite3_user_data(context);
  int rc = SQLITE_OK;
  int64_t wallet_id = wallet_of_team(store, argv[0], &rc);
  int64_t closed_ms = wallet_id ? close_of_wallet(store, wallet_id, &rc) : NEVER;
  (void)argc;
  if (closed_ms != NEVER && time_of(argv[1]) < closed_ms) {
    complain(context, SQLITE_CONSTRAINT, "unblock.unblocked_at", "lies in a closed period", argv[1],
             "record a later one instead");
    return;
  }
  answer(context, rc);
}

/*
** billing_keep_reopen(team_id, closed_until): while a later close holds the group of the team,
** refused
*/
static void keep_reopen(sqlite3_context *context, int argc, sqlite3_value **argv) {
  if (is_answered(context, "billing_keep_reopen")) return;
  struct store *store = sqlite3_user_data(context);
  int rc = SQLITE_OK;
  int64_t wallet_id = wallet_of_team(store, argv[0], &rc);
  int64_t last_ms = NEVER;
  (void)argc;
  if (wallet_id) last_ms = close_of_wallet(store, wallet_id, &rc);
  if (rc == SQLITE_OK && last_ms > time_of(argv[1])) {
    char remedy[] = "delete that of 'YYYY-MM-DD HH:MM:SS.SSS' first";
    char last[INSTANT_TEXT_SIZE];
    instant_format(last_ms, last);
    sqlite3_snprintf(sizeof remedy, remedy, "delete that of '%s' first", last);
    complain(context, SQLITE_CONSTRAINT, "period_close.closed_until",
             "a later close holds, of this team or of one that lots tie to it", argv[1], remedy);
    return;
  }
  answer(context, rc);
}

#define OPEN SQLITE_INNOCUOUS

const struct function_def close_functions[] = {
    {"billing_keep_usage", 3, OPEN, keep_usage, "reads only; triggers call it"},
    {"billing_keep_usage", 5, OPEN, keep_usage, "reads only; triggers call it"},
    {"billing_keep_names", 3, OPEN, keep_names, "writes a derived table; triggers call it"},
    {"billing_keep_lot", 3, OPEN, keep_lot, "reads only; triggers call it"},
    {"billing_keep_lot", 6, OPEN, keep_lot, "reads only; triggers call it"},
    {"billing_keep_close", 1, OPEN, keep_close, "does nothing but fail"},
    {"billing_keep_move", 3, OPEN, keep_move, "reads only; triggers call it"},
    {"billing_keep_unblock", 2, OPEN, keep_unblock, "reads only; triggers call it"},
    {"billing_keep_reopen", 2, OPEN, keep_reopen, "reads only; triggers call it"},
    {NULL, 0, 0, NULL, NULL},
};
