/*
** What is refused because of access: usage at the gate (billing_guard), and the transfer of an app
** to another account (D100).
*/
#include "facts/access_guard.h"

#include <stddef.h>

#include "core/access.h"
#include "core/instant.h"
#include "store/error.h"
#include "facts/functions.h"
#include "facts/access.h"
#include "facts/catalogue.h"
#include "facts/access_check.h"
#include "store/show.h"
#include "facts/lookup.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

const char sql_names_of_wallet[] =
    "SELECT w.team_id, t.account_id FROM main._billing_wallet w LEFT JOIN main.team t USING "
    "(team_id)"
    " WHERE w.wallet_id = ?1";

static const char sql_wallets_of_account[] =
    "SELECT w.wallet_id, t.team_id FROM main.team t CROSS JOIN main._billing_wallet w USING "
    "(team_id)"
    " WHERE t.account_id = ?1 ORDER BY t.team_id";

/* Support has unblocked wallet ?1 in [?2, ?3]: only the purchase is missing (Q21). */
static const char sql_unblocked_between[] =
    "SELECT EXISTS (SELECT 1 FROM main._billing_wallet w JOIN main.unblock b USING (team_id)"
    " WHERE w.wallet_id = ?1 AND billing_ms(b.unblocked_at) BETWEEN ?2 AND ?3)";

/* A row: the guard is on. It says whether this very usage is stored already. */
static const char sql_guarded[] =
    "SELECT EXISTS (SELECT 1 FROM main.usage WHERE source_id = ?1 AND client_id = ?2 AND api = ?3"
    "  AND occurred_at IN (?4, utc(?4, 0))) FROM main._billing_change WHERE id = 1 AND guard";

/* complain() with texts that were put together; frees both. */
static void complain_built(sqlite3_context *context, const char *name, sqlite3_str *wrong,
                           sqlite3_value *value, sqlite3_str *remedy) {
  char *written = sqlite3_str_finish(wrong);
  char *advice = sqlite3_str_finish(remedy);
  if (written && advice) {
    complain(context, SQLITE_CONSTRAINT, name, written, value, advice);
  } else {
    sqlite3_result_error_nomem(context);
  }
  sqlite3_free(written);
  sqlite3_free(advice);
}

/* ---- the gate ---- */

static bool ask(struct store *store, const char *id, sqlite3_stmt *row, int *rc) {
  bool answer = store_row(row, rc) && sqlite3_column_int(row, 0) != 0;
  store_put(store, id, row, rc);
  return answer;
}

/* An unblock row waits for the balance. */
static bool is_unblocked(struct store *store, int64_t wallet_id, int64_t from_ms, int64_t to_ms,
                         int *rc) {
  sqlite3_stmt *row = store_take(store, sql_unblocked_between, rc);
  if (row) {
    sqlite3_bind_int64(row, 1, wallet_id);
    sqlite3_bind_int64(row, 2, from_ms);
    sqlite3_bind_int64(row, 3, to_ms);
  }
  return ask(store, sql_unblocked_between, row, rc);
}

/* How a limited team gets back: what to buy, and whether support must unblock it (Q21). */
static void append_way_back(sqlite3_str *remedy, struct store *store, const struct gate *gate,
                            int64_t since_ms, int64_t at_ms, int *rc) {
  const struct catalogue *catalogue = catalogue_get(store, rc);
  bool negative = gate->wallet_state.negative_since != NEVER;
  bool support = catalogue && !catalogue_policies_at(catalogue, at_ms)->restore_auto &&
                 !(negative && is_unblocked(store, gate->wallet_id, since_ms, at_ms, rc));
  if (negative) {
    sqlite3_str_appendall(remedy, "buy at least ");
    show_number(remedy, store_min_purchase(store, gate->wallet_state.debt, at_ms, rc));
    sqlite3_str_appendall(remedy, " tokens");
  }
  if (support) {
    sqlite3_str_appendall(remedy, negative ? ", then have" : "have");
    sqlite3_str_appendall(remedy, " support unblock the team");
  }
}

static void refuse_team(sqlite3_context *context, const struct gate *gate, sqlite3_value *client_id,
                        int64_t at_ms, int *rc) {
  struct store *store = sqlite3_user_data(context);
  bool limited = gate->access == ACCESS_LIMITED;
  int64_t since_ms = limited ? store_limited_since(&gate->wallet_state)
                             : store_none_since(store, gate->wallet_id, at_ms, rc);
  sqlite3_str *wrong = sqlite3_str_new(store->db), *remedy = sqlite3_str_new(store->db);
  sqlite3_stmt *row = store_take(store, sql_names_of_wallet, rc);
  if (row) sqlite3_bind_int64(row, 1, gate->wallet_id);
  if (store_row(row, rc)) {
    sqlite3_str_appendall(wrong, "team ");
    show_column(wrong, row, 0);
    sqlite3_str_appendall(wrong, limited ? " has limited access" : " has no access");
    if (since_ms != NEVER) sqlite3_str_appendall(wrong, " since ");
    if (since_ms != NEVER) show_time(wrong, since_ms);
    if (limited) {
      append_way_back(remedy, store, gate, since_ms, at_ms, rc);
    } else {
      sqlite3_str_appendall(remedy, "insert a live subscription of account ");
      show_column(remedy, row, 1);
    }
  }
  store_put(store, sql_names_of_wallet, row, rc);
  complain_built(context, "usage.client_id", wrong, client_id, remedy);
}

bool guard_allows(sqlite3_context *context, sqlite3_value **usage, int *rc) {
  sqlite3_value *client_id = usage[0], *api = usage[1], *occurred_at = usage[4];
  struct store *store = sqlite3_user_data(context);
  const char *at = (const char *)sqlite3_value_text(occurred_at);
  struct gate gate = {.open = true};
  int64_t at_ms;
  if (sqlite3_value_type(client_id) == SQLITE_TEXT && sqlite3_value_type(api) == SQLITE_TEXT &&
      sqlite3_value_type(occurred_at) == SQLITE_TEXT && at &&
      instant_parse_iso(at, (size_t)sqlite3_value_bytes(occurred_at), &at_ms)) {
    gate_ask(store, client_id, api, at_ms, &gate, rc);
  }
  if (*rc != SQLITE_OK || gate.open) return true;
  if (!gate.wallet_id) {
    complain(context, SQLITE_CONSTRAINT, "usage.client_id", "nobody pays for its premium calls",
             client_id, "insert it into app with an owner that has a team, or into app_team");
  } else {
    refuse_team(context, &gate, client_id, at_ms, rc);
  }
  return false;
}

/*
** The gate of a row whose key is taken: it may end as nothing (OR IGNORE) or in place of the very
** row that is asked for here, so it is asked before. While the guard is on, loading a usage again
** is no new call.
*/
bool guard_allows_again(sqlite3_context *context, sqlite3_value **usage, int *rc) {
  static const int column[] = {8, 0, 1, 4}; /* source_id, client_id, api, occurred_at */
  struct store *store = sqlite3_user_data(context);
  sqlite3_stmt *row = store_take(store, sql_guarded, rc);
  bool guarded, repeated;
  for (int i = 0; row && i < 4; i++) sqlite3_bind_value(row, i + 1, usage[column[i]]);
  guarded = store_row(row, rc) != 0;
  repeated = guarded && sqlite3_column_int(row, 0) != 0;
  store_put(store, sql_guarded, row, rc);
  store->gate_passed = guarded;
  return *rc != SQLITE_OK || !guarded || repeated || guard_allows(context, usage, rc);
}

/* ---- the transfer of an app ---- */

static int64_t now_ms(struct store *store, int *rc) {
  sqlite3_stmt *row = store_take(store, sql_read_now, rc);
  int64_t ms = store_row(row, rc) ? sqlite3_column_int64(row, 0) : 0;
  store_put(store, sql_read_now, row, rc);
  return ms;
}

/*
** An app that goes to another account, and the instant at which both sides must be at full access.
*/
struct transfer {
  sqlite3_context *context;
  struct store *store;
  const char *name;         /* of the column that says so */
  const char *when;         /* " now", or " then" */
  sqlite3_value *client_id; /* the app */
  int64_t at_ms;
  int rc;
};

/* Refused: `subject` says which team or account, `what` is wrong with it. */
static bool refuse_transfer(const struct transfer *transfer, sqlite3_str *subject, const char *what,
                            const char *remedy) {
  sqlite3_str *advice = sqlite3_str_new(transfer->store->db);
  sqlite3_str_appendall(subject, what);
  sqlite3_str_appendall(subject, transfer->when);
  sqlite3_str_appendall(advice, remedy);
  complain_built(transfer->context, transfer->name, subject, transfer->client_id, advice);
  return false;
}

/* Trial and subscription are the account's own, so they count without any team, too. */
static bool account_may_transfer(struct transfer *transfer, sqlite3_value *account,
                                 bool *has_wallets) {
  enum access access =
      store_account_access(transfer->store, account, transfer->at_ms, &transfer->rc);
  sqlite3_str *subject;
  *has_wallets = access == ACCESS_FULL; /* EBA is outside the rules */
  if (transfer->rc != SQLITE_OK || access == ACCESS_FULL || access == ACCESS_EXCLUDED) return true;
  subject = sqlite3_str_new(transfer->store->db);
  sqlite3_str_appendall(subject, "account ");
  show_value(subject, account);
  return access == ACCESS_TRIAL
             ? refuse_transfer(transfer, subject, " is on trial", "end its trial first")
             : refuse_transfer(transfer, subject, " has no access", "subscribe it first");
}

static bool team_may_transfer(struct transfer *transfer, sqlite3_value *account,
                              sqlite3_stmt *team) {
  struct wallet_state wallet_state;
  enum access access = store_access(transfer->store, sqlite3_column_int64(team, 0), transfer->at_ms,
                                    &wallet_state, &transfer->rc);
  sqlite3_str *subject;
  if (transfer->rc != SQLITE_OK || access == ACCESS_FULL) return true;
  subject = sqlite3_str_new(transfer->store->db);
  sqlite3_str_appendall(subject, "team ");
  show_column(subject, team, 1);
  sqlite3_str_appendall(subject, " of account ");
  show_value(subject, account);
  if (wallet_state.negative_since == NEVER) {
    return refuse_transfer(transfer, subject, " has limited access",
                           "have support unblock the team first");
  }
  sqlite3_str_appendall(subject, " owes ");
  show_tokens(subject, wallet_state.debt);
  return refuse_transfer(transfer, subject, "", "buy what covers that first");
}

static bool side_may_transfer(struct transfer *transfer, sqlite3_value *account) {
  sqlite3_stmt *team;
  bool may, has_wallets;
  if (!account_may_transfer(transfer, account, &has_wallets)) return false;
  if (!has_wallets) return true;
  team = store_take(transfer->store, sql_wallets_of_account, &transfer->rc);
  if (team) sqlite3_bind_value(team, 1, account);
  for (may = true; may && store_row(team, &transfer->rc);) {
    may = team_may_transfer(transfer, account, team);
  }
  store_put(transfer->store, sql_wallets_of_account, team, &transfer->rc);
  return may;
}

/*
** billing_valid_transfer(client_id, from_account, to_account [, owned_from]): 1, or an error while
** either account is on trial, or has a team that is not at full access (D100). "While" is at
** owned_from; where the undated owner changes it is the clock's now.
*/
static void valid_transfer(sqlite3_context *context, int argc, sqlite3_value **argv) {
  if (called_outside_trigger(context, "billing_valid_transfer")) return;
  struct transfer transfer = {.context = context,
                              .store = sqlite3_user_data(context),
                              .name = argc > 3 ? "app_owner.account_id" : "app.account_id",
                              .when = argc > 3 ? " then" : " now",
                              .client_id = argv[0]};
  struct text at = text_of_value(argv[argc - 1]);
  if (argc == 3) {
    transfer.at_ms = now_ms(transfer.store, &transfer.rc);
  } else if (!at.bytes || !instant_parse(at.bytes, (size_t)at.size, &transfer.at_ms)) {
    sqlite3_result_int(context, 1); /* the check of the row says more about it */
    return;
  }
  if (transfer.rc == SQLITE_OK && !side_may_transfer(&transfer, argv[1])) return;
  if (transfer.rc == SQLITE_OK && !side_may_transfer(&transfer, argv[2])) return;
  if (transfer.rc != SQLITE_OK) {
    complain_of_sqlite(context, transfer.rc, argc > 3 ? "app_owner" : "app");
  } else {
    sqlite3_result_int(context, 1);
  }
}

const struct function_def guard_functions[] = {
    {"billing_valid_transfer", 3, SQLITE_INNOCUOUS, valid_transfer, "reads only; triggers call it"},
    {"billing_valid_transfer", 4, SQLITE_INNOCUOUS, valid_transfer, "reads only; triggers call it"},
    {NULL, 0, 0, NULL, NULL},
};
