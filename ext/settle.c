#include "settle.h"

#include <string.h>

#include "settlement.h"
#include "store/catalogue.h"
#include "store/group.h"

SQLITE_EXTENSION_INIT3

/* ---- marks ---- */

static int64_t ask(struct settlement *settlement, enum statement_id id) {
  return store_ask(settlement->store, id, settlement->rc);
}

static void run(struct settlement *settlement, enum statement_id id) {
  store_run(settlement->store, id, store_take(settlement->store, id, settlement->rc),
            settlement->rc);
}

void settlement_run_with(struct settlement *settlement, enum statement_id id, int64_t value) {
  sqlite3_stmt *statement = store_take(settlement->store, id, settlement->rc);
  if (statement) sqlite3_bind_int64(statement, 1, value);
  store_run(settlement->store, id, statement, settlement->rc);
}

/* A mark on all wallets becomes a mark on each. */
static void spread_mark(struct settlement *settlement, int64_t from_ms) {
  sqlite3_stmt *row = store_take(settlement->store, WALLETS, settlement->rc);
  while (store_row(row, settlement->rc)) {
    sqlite3_stmt *add = store_take(settlement->store, MARK_ADD, settlement->rc);
    if (add) {
      sqlite3_bind_int64(add, 1, sqlite3_column_int64(row, 0));
      sqlite3_bind_int64(add, 2, from_ms);
    }
    store_run(settlement->store, MARK_ADD, add, settlement->rc);
  }
  store_put(settlement->store, WALLETS, row, settlement->rc);
  settlement_run_with(settlement, MARK_FORGET, 0);
}

/* Read pending_wallet; with settle(team_id) only for parties. */
static void read_marks(struct settlement *settlement) {
  sqlite3_stmt *row = store_take(settlement->store, MARKS, settlement->rc);
  int64_t all_from = NOT_YET;
  if (store_row(row, settlement->rc) && sqlite3_column_int64(row, 0) == 0) {
    all_from = sqlite3_column_int64(row, 1);
  }
  store_put(settlement->store, MARKS, row, settlement->rc);
  if (all_from != NOT_YET) spread_mark(settlement, all_from);
  row = store_take(settlement->store, MARKS, settlement->rc);
  while (store_row(row, settlement->rc)) {
    int64_t wallet_id = sqlite3_column_int64(row, 0);
    if (!settlement->limited || party_find(settlement, wallet_id)) {
      party_mark(settlement, wallet_id, sqlite3_column_int64(row, 1));
    }
  }
  store_put(settlement->store, MARKS, row, settlement->rc);
}

/* What could not be rated is pending again once a fact has come that may help. */
static void retry_unrated(struct settlement *settlement) {
  if (!ask(settlement, RETRY_ASKED)) return;
  run(settlement, RETRY_LIST);
  run(settlement, RETRY_DONE);
}

/* ---- rating into `settling` ---- */

void settlement_add_unrated(struct settlement *settlement, const struct rated_usage *rated) {
  sqlite3_stmt *add = store_take(settlement->store, UNRATED_ADD, settlement->rc);
  if (add) {
    sqlite3_bind_int64(add, 1, rated->usage_id);
    sqlite3_bind_text(add, 2, usage_class_name(rated->class), -1, SQLITE_STATIC);
  }
  store_run(settlement->store, UNRATED_ADD, add, settlement->rc);
}

static void add_settling(struct settlement *settlement, const struct rated_usage *rated) {
  sqlite3_stmt *add = store_take(settlement->store, SETTLING_ADD, settlement->rc);
  if (add) {
    sqlite3_bind_int64(add, 1, rated->wallet_id);
    sqlite3_bind_int64(add, 2, rated->at_ms);
    sqlite3_bind_int64(add, 3, rated->usage_id);
    sqlite3_bind_int64(add, 4, rated->units);
    sqlite3_bind_int(add, 5, rated->api_index);
    sqlite3_bind_int(add, 6, rated->class);
  }
  store_run(settlement->store, SETTLING_ADD, add, settlement->rc);
  party_mark(settlement, rated->wallet_id, rated->at_ms);
}

static void accept(struct settlement *settlement, const struct rated_usage *rated) {
  if (rated->class == USAGE_UNRATED || rated->class == USAGE_UNASSIGNED) {
    settlement_add_unrated(settlement, rated);
  } else {
    add_settling(settlement, rated);
  }
}

static void rate_rows(struct settlement *settlement, enum statement_id id, sqlite3_stmt *row,
                      bool listed) {
  struct rated_usage rated;
  while (store_row(row, settlement->rc)) {
    struct usage_fields usage = usage_of_row(row);
    rater_rate(&settlement->rater, &usage, &rated, settlement->rc);
    if (*settlement->rc != SQLITE_OK) break;
    if (settlement->limited && listed && !party_find(settlement, rated.wallet_id)) continue;
    if (listed) settlement_run_with(settlement, UNRATED_FORGET, rated.usage_id);
    if (listed && settlement->limited)
      settlement_run_with(settlement, PENDING_FORGET, rated.usage_id);
    accept(settlement, &rated);
  }
  store_put(settlement->store, id, row, settlement->rc);
}

/* The rows listed in pending_usage. */
static void rate_listed(struct settlement *settlement) {
  sqlite3_stmt *row;
  row = store_take(settlement->store, USAGE_PENDING, settlement->rc);
  rate_rows(settlement, USAGE_PENDING, row, true);
  if (!settlement->limited) run(settlement, PENDING_FORGET_ALL);
}

/* ---- groups ---- */

void settlement_gather(struct settlement *settlement, int64_t wallet_id, int64_t from_ms) {
  sqlite3_stmt *row = store_take(settlement->store, USAGE_STORED, settlement->rc);
  if (row) {
    sqlite3_bind_int64(row, 1, wallet_id);
    sqlite3_bind_int64(row, 2, from_ms);
  }
  rate_rows(settlement, USAGE_STORED, row, false);
}

/*
** True when there was anything to do. A wallet that joined just now needs its group first; one that usage of an
** earlier time has come to settles from its close all the same.
*/
static bool gather(struct settlement *settlement, int index) {
  struct party *party = &settlement->parties[index];
  int64_t from_ms;
  if (party->group == NO_GROUP) return true;
  from_ms = bounds_start(&settlement->groups[party->group]);
  if (party->gathered_ms <= from_ms) return false;
  party->gathered_ms = from_ms;
  settlement_gather(settlement, party->wallet_id, from_ms);
  return true;
}

/*
** Until nothing is new: what is stored after a mark is rated again, and may belong to another wallet
** now, which is marked then.
*/
static void gather_all(struct settlement *settlement) {
  bool again = true;
  while (again && *settlement->rc == SQLITE_OK) {
    again = false;
    parties_form_groups(settlement);
    for (int i = 0; i < settlement->count && *settlement->rc == SQLITE_OK; i++) {
      if (gather(settlement, i)) again = true;
    }
  }
}

/* ---- one call ---- */

static void limit_to(struct settlement *settlement, sqlite3_value *team_id) {
  sqlite3_stmt *row = store_take(settlement->store, WALLET_OF_TEAM, settlement->rc);
  int64_t wallet_id = 0;
  if (row) sqlite3_bind_value(row, 1, team_id);
  if (store_row(row, settlement->rc)) wallet_id = sqlite3_column_int64(row, 0);
  store_put(settlement->store, WALLET_OF_TEAM, row, settlement->rc);
  if (*settlement->rc != SQLITE_OK) return;
  if (!wallet_id) {
    *settlement->message =
        sqlite3_mprintf("settle: unknown team, '%.80s', insert it into team first",
                        (const char *)sqlite3_value_text(team_id));
    *settlement->rc = SQLITE_CONSTRAINT;
    return;
  }
  party_group(settlement, wallet_id);
  settlement->limited = true;
}

static void explain(struct settlement *settlement) {
  const struct rater *rater = &settlement->rater;
  if (*settlement->message || !rater->message) return;
  *settlement->message = sqlite3_mprintf("settle: %s, usage %lld, correct the row", rater->message,
                                         (long long)rater->failed_usage_id);
}

/* With settle(team_id) new rows are listed: those of other teams stay so. */
static void list_new(struct settlement *settlement, int64_t upto, int64_t last) {
  settlement_run_with(settlement, PENDING_LIST_NEW, upto);
  settlement_run_with(settlement, META_SET_SETTLED_UPTO, last);
}

static void settle_all(struct settlement *settlement, sqlite3_value *team_id) {
  int64_t upto, last;
  bool any_new;
  rater_open(&settlement->rater, settlement->store, settlement->rc);
  if (team_id && *settlement->rc == SQLITE_OK) limit_to(settlement, team_id);
  upto = ask(settlement, META_SETTLED_UPTO);
  last = upto == EVERY_ROW ? 0 : ask(settlement, USAGE_LAST);
  any_new = upto != EVERY_ROW && last > upto;
  retry_unrated(settlement);
  read_marks(settlement);
  if (any_new && settlement->limited) list_new(settlement, upto, last);
  rate_listed(settlement);
  gather_all(settlement);
  if (any_new && !settlement->limited) {
    settle_groups(settlement, upto);
    settlement_run_with(settlement, META_SET_SETTLED_UPTO, last);
  } else {
    settle_groups(settlement, EVERY_ROW);
  }
  parties_free(settlement);
  run(settlement, SETTLING_CLEAR);
  explain(settlement);
  rater_close(&settlement->rater);
}

static bool anything_to_do(struct settlement *settlement) {
  return ask(settlement, WORK_TO_DO) != 0;
}

/* ---- atomicity ---- */

/*
** Inside a statement that writes (a trigger) a savepoint is refused and not needed: the statement is
** undone as a whole. Everywhere else the call is atomic by this savepoint.
*/
static bool open_savepoint(sqlite3 *db, int *rc) {
  int error;
  if (*rc != SQLITE_OK) return false;
  error = sqlite3_exec(db, "SAVEPOINT billing_settle", NULL, NULL, NULL);
  if (error != SQLITE_OK && error != SQLITE_BUSY) *rc = error;
  return error == SQLITE_OK;
}

static int settle_guarded(struct settlement *settlement, sqlite3_value *team_id) {
  struct store *store = settlement->store;
  int *rc = settlement->rc;
  sqlite3_stmt *breaker = store_take(store, BREAKER, rc);
  bool guarded = open_savepoint(store->db, rc);
  store->settles++; /* what the quick way remembers of lots may be wrong now */
  settle_all(settlement, team_id);
  if (*rc == SQLITE_OK && guarded) {
    *rc = sqlite3_exec(store->db, "RELEASE billing_settle", NULL, NULL, NULL);
  }
  if (*rc != SQLITE_OK) {
    if (!*settlement->message) *settlement->message = store_error(store->db, "settle", *rc);
    if (guarded) {
      store_undo(store->db, "ROLLBACK TO billing_settle; RELEASE billing_settle", breaker);
    }
  }
  store_put(store, BREAKER, breaker, rc);
  return *rc;
}

int settle(struct store *store, sqlite3_value *team_id, int64_t *settled, char **message) {
  struct settlement settlement;
  int rc = SQLITE_OK;
  memset(&settlement, 0, sizeof(settlement));
  settlement.store = store;
  settlement.message = message;
  settlement.rc = &rc;
  *settled = 0;
  *message = NULL;
  if (!team_id && !anything_to_do(&settlement)) {
    if (rc != SQLITE_OK) *message = store_error(store->db, "settle", rc);
    return rc;
  }
  if (settle_guarded(&settlement, team_id) != SQLITE_OK) return rc;
  *settled = settlement.settled;
  return SQLITE_OK;
}
