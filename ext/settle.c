#include "settle.h"

#include <stdlib.h>
#include <string.h>

#include "store/catalogue.h"
#include "store/group.h"
#include "store/rater.h"

SQLITE_EXTENSION_INIT3

#define NOT_YET INT64_MAX
#define EVERY_ROW INT64_MAX /* settled_upto while autosettle is on: rows are listed one by one */

/* A wallet that takes part in this settlement. */
struct party {
  int64_t wallet_id;
  int64_t from_ms;     /* settle its group from there, at the latest */
  int64_t gathered_ms; /* its stored usage is in `settling` from there on */
  int group;           /* -1: not grouped yet */
  int64_t closed_ms;   /* the group's last close, or NEVER */
};

struct settlement {
  struct store *store;
  struct rater rater;
  struct party *parties; /* sorted by wallet_id */
  int count, room;
  int group_count;
  bool limited;          /* settle(team_id): only wallets that are parties already */
  int64_t settled;
  char **message;
  int *rc;
};

/* ---- parties ---- */

static int party_place(const struct settlement *settlement, int64_t wallet_id) {
  int low = 0, high = settlement->count;
  while (low < high) {
    int middle = (low + high) / 2;
    if (settlement->parties[middle].wallet_id < wallet_id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static struct party *find_party(const struct settlement *settlement, int64_t wallet_id) {
  int place = party_place(settlement, wallet_id);
  if (place == settlement->count) return NULL;
  return settlement->parties[place].wallet_id == wallet_id ? &settlement->parties[place] : NULL;
}

static struct party *add_party(struct settlement *settlement, int64_t wallet_id) {
  int place = party_place(settlement, wallet_id);
  struct party *party = find_party(settlement, wallet_id);
  if (party) return party;
  if (settlement->count == settlement->room) {
    int room = settlement->room ? settlement->room * 2 : 16;
    void *grown = sqlite3_realloc64(settlement->parties, (uint64_t)room * sizeof(*party));
    if (!grown) {
      *settlement->rc = SQLITE_NOMEM;
      return NULL;
    }
    settlement->parties = grown;
    settlement->room = room;
  }
  party = &settlement->parties[place];
  memmove(party + 1, party, (size_t)(settlement->count++ - place) * sizeof(*party));
  party->wallet_id = wallet_id;
  party->from_ms = party->gathered_ms = NOT_YET;
  party->group = -1;
  party->closed_ms = NEVER;
  return party;
}

static void mark(struct settlement *settlement, int64_t wallet_id, int64_t from_ms) {
  struct party *party = add_party(settlement, wallet_id);
  if (party && from_ms < party->from_ms) party->from_ms = from_ms;
}

/* ---- marks ---- */

static int64_t ask(struct settlement *settlement, enum statement_id id) {
  sqlite3_stmt *row = store_take(settlement->store, id, settlement->rc);
  int64_t answer = store_row(row, settlement->rc) ? sqlite3_column_int64(row, 0) : 0;
  store_put(settlement->store, id, row, settlement->rc);
  return answer;
}

static void run(struct settlement *settlement, enum statement_id id) {
  store_run(settlement->store, id, store_take(settlement->store, id, settlement->rc),
            settlement->rc);
}

static void run_with(struct settlement *settlement, enum statement_id id, int64_t value) {
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
  run_with(settlement, MARK_FORGET, 0);
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
    if (!settlement->limited || find_party(settlement, wallet_id)) {
      mark(settlement, wallet_id, sqlite3_column_int64(row, 1));
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

static void add_unrated(struct settlement *settlement, const struct rated_usage *rated) {
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
  mark(settlement, rated->wallet_id, rated->at_ms);
}

static void accept(struct settlement *settlement, const struct rated_usage *rated) {
  if (rated->class == USAGE_UNRATED || rated->class == USAGE_UNASSIGNED) {
    add_unrated(settlement, rated);
  } else {
    add_settling(settlement, rated);
  }
}

static void rate_rows(struct settlement *settlement, enum statement_id id, sqlite3_stmt *row,
                      bool listed) {
  struct rated_usage rated;
  while (store_row(row, settlement->rc)) {
    rater_rate(&settlement->rater, row, &rated, settlement->rc);
    if (*settlement->rc != SQLITE_OK) break;
    if (settlement->limited && listed && !find_party(settlement, rated.wallet_id)) continue;
    if (listed) run_with(settlement, UNRATED_FORGET, rated.usage_id);
    if (listed && settlement->limited) run_with(settlement, PENDING_FORGET, rated.usage_id);
    accept(settlement, &rated);
  }
  store_put(settlement->store, id, row, settlement->rc);
}

/* The rows listed in pending_usage and, unless limited, those above the mark. */
static void rate_pending(struct settlement *settlement) {
  int64_t upto = ask(settlement, META_SETTLED_UPTO);
  sqlite3_stmt *row;
  if (settlement->limited && upto != EVERY_ROW) run_with(settlement, PENDING_LIST_NEW, upto);
  row = store_take(settlement->store, USAGE_PENDING, settlement->rc);
  rate_rows(settlement, USAGE_PENDING, row, true);
  if (!settlement->limited) run(settlement, PENDING_FORGET_ALL);
  if (upto == EVERY_ROW) return;
  if (!settlement->limited) {
    row = store_take(settlement->store, USAGE_NEW, settlement->rc);
    if (row) sqlite3_bind_int64(row, 1, upto);
    rate_rows(settlement, USAGE_NEW, row, false);
  }
  {
    int64_t last = ask(settlement, USAGE_LAST);
    if (last > upto) run_with(settlement, META_SET_SETTLED_UPTO, last);
  }
}

/* ---- groups ---- */

/* Put a wallet and all that lots tie it to into one group; returns its number. */
static void group_from(struct settlement *settlement, int64_t wallet_id, int group) {
  struct party *party = add_party(settlement, wallet_id);
  sqlite3_stmt *row;
  if (!party || party->group >= 0) return;
  party->group = group;
  row = store_take(settlement->store, NEIGHBOURS, settlement->rc);
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  while (store_row(row, settlement->rc)) {
    group_from(settlement, sqlite3_column_int64(row, 0), group);
  }
  store_put(settlement->store, NEIGHBOURS, row, settlement->rc);
}

static void form_groups(struct settlement *settlement) {
  for (int i = 0; i < settlement->count && *settlement->rc == SQLITE_OK; i++) {
    int64_t wallet_id = settlement->parties[i].wallet_id;
    if (settlement->parties[i].group >= 0) continue;
    group_from(settlement, wallet_id, settlement->group_count++);
    i = party_place(settlement, wallet_id); /* others, grouped already, may stand before it now */
  }
}

static int64_t closed_until(struct settlement *settlement, int64_t wallet_id) {
  sqlite3_stmt *row = store_take(settlement->store, CLOSED_UNTIL, settlement->rc);
  int64_t closed_ms = NEVER;
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  if (store_row(row, settlement->rc) && sqlite3_column_type(row, 0) != SQLITE_NULL) {
    closed_ms = sqlite3_column_int64(row, 0);
  }
  store_put(settlement->store, CLOSED_UNTIL, row, settlement->rc);
  return closed_ms;
}

/*
** The earliest mark of each group is the mark of all its wallets, and the last close of any of them
** holds for all: nothing before it is settled again.
*/
static void share_marks(struct settlement *settlement) {
  uint64_t bytes = (uint64_t)settlement->group_count * sizeof(struct party) + 1;
  struct party *groups = sqlite3_malloc64(bytes);
  if (!groups) {
    *settlement->rc = SQLITE_NOMEM;
    return;
  }
  for (int i = 0; i < settlement->group_count; i++) {
    groups[i].from_ms = NOT_YET;
    groups[i].closed_ms = NEVER;
  }
  for (int i = 0; i < settlement->count; i++) {
    const struct party *party = &settlement->parties[i];
    struct party *group = &groups[party->group];
    int64_t closed_ms = closed_until(settlement, party->wallet_id);
    if (party->from_ms < group->from_ms) group->from_ms = party->from_ms;
    if (closed_ms > group->closed_ms) group->closed_ms = closed_ms;
  }
  for (int i = 0; i < settlement->count; i++) {
    struct party *party = &settlement->parties[i];
    const struct party *group = &groups[party->group];
    party->closed_ms = group->closed_ms;
    party->from_ms = group->from_ms < group->closed_ms ? group->closed_ms : group->from_ms;
  }
  sqlite3_free(groups);
}

/* Rate what is stored for the wallet from its mark on; true when there was anything to do. */
static bool gather(struct settlement *settlement, int index) {
  struct party *party = &settlement->parties[index];
  sqlite3_stmt *row;
  if (party->gathered_ms <= party->from_ms) return false;
  party->gathered_ms = party->from_ms;
  row = store_take(settlement->store, USAGE_STORED, settlement->rc);
  if (row) {
    sqlite3_bind_int64(row, 1, party->wallet_id);
    sqlite3_bind_int64(row, 2, party->from_ms);
  }
  rate_rows(settlement, USAGE_STORED, row, false);
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
    form_groups(settlement);
    if (*settlement->rc == SQLITE_OK) share_marks(settlement);
    for (int i = 0; i < settlement->count && *settlement->rc == SQLITE_OK; i++) {
      if (gather(settlement, i)) again = true;
    }
  }
}

static int compare_groups(const void *left, const void *right) {
  const struct party *a = left;
  const struct party *b = right;
  if (a->group != b->group) return a->group < b->group ? -1 : 1;
  return (a->wallet_id > b->wallet_id) - (a->wallet_id < b->wallet_id);
}

static void settle_group(struct settlement *settlement, const struct party *parties, int count,
                         int64_t *wallet_ids) {
  if (parties[0].from_ms == NOT_YET) return;
  for (int i = 0; i < count; i++) wallet_ids[i] = parties[i].wallet_id;
  group_settle(settlement->store, settlement->rater.catalogue, wallet_ids, count,
               parties[0].from_ms, parties[0].closed_ms, &settlement->settled,
               settlement->message, settlement->rc);
  for (int i = 0; i < count; i++) run_with(settlement, MARK_FORGET, wallet_ids[i]);
}

static void settle_groups(struct settlement *settlement) {
  int64_t *wallet_ids = sqlite3_malloc64((uint64_t)settlement->count * sizeof(int64_t) + 1);
  int next;
  if (!wallet_ids) {
    *settlement->rc = SQLITE_NOMEM;
    return;
  }
  if (settlement->count > 1) {
    qsort(settlement->parties, (size_t)settlement->count, sizeof(struct party), compare_groups);
  }
  for (int i = 0; i < settlement->count && *settlement->rc == SQLITE_OK; i = next) {
    const struct party *parties = &settlement->parties[i];
    for (next = i + 1; next < settlement->count; next++) {
      if (settlement->parties[next].group != parties->group) break;
    }
    settle_group(settlement, parties, next - i, wallet_ids);
  }
  sqlite3_free(wallet_ids);
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
    *settlement->message = sqlite3_mprintf("settle: unknown team, '%.80s', insert it into team first",
                                           (const char *)sqlite3_value_text(team_id));
    *settlement->rc = SQLITE_CONSTRAINT;
    return;
  }
  group_from(settlement, wallet_id, settlement->group_count++);
  settlement->limited = true;
}

static void explain(struct settlement *settlement) {
  const struct rater *rater = &settlement->rater;
  if (*settlement->message || !rater->message) return;
  *settlement->message = sqlite3_mprintf("settle: %s, usage %lld, correct the row", rater->message,
                                         (long long)rater->failed_usage_id);
}

static void settle_all(struct settlement *settlement, sqlite3_value *team_id) {
  rater_open(&settlement->rater, settlement->store, settlement->rc);
  if (team_id && *settlement->rc == SQLITE_OK) limit_to(settlement, team_id);
  retry_unrated(settlement);
  read_marks(settlement);
  rate_pending(settlement);
  gather_all(settlement);
  if (*settlement->rc == SQLITE_OK) settle_groups(settlement);
  run(settlement, SETTLING_CLEAR);
  explain(settlement);
  rater_close(&settlement->rater);
  sqlite3_free(settlement->parties);
}

static bool anything_to_do(struct settlement *settlement) {
  return ask(settlement, WORK_TO_DO) != 0;
}

/* ---- atomicity ---- */

/*
** Inside a statement that writes (a trigger) a savepoint is refused and not needed: the statement is
** undone as a whole. Everywhere else the call is atomic by this savepoint.
*/
static bool open_savepoint(sqlite3 *db) {
  return sqlite3_exec(db, "SAVEPOINT billing_settle", NULL, NULL, NULL) == SQLITE_OK;
}

/*
** After sqlite3_interrupt() even ROLLBACK TO is interrupted. An interrupted write rolls the whole
** transaction back, as SQLite documents, so one is attempted.
*/
static void undo(struct store *store, int rc) {
  if (rc == SQLITE_INTERRUPT && !sqlite3_get_autocommit(store->db)) {
    sqlite3_exec(store->db, "DELETE FROM main.settling", NULL, NULL, NULL);
  }
  sqlite3_exec(store->db, "ROLLBACK TO billing_settle; RELEASE billing_settle", NULL, NULL, NULL);
}

int settle(struct store *store, sqlite3_value *team_id, int64_t *settled, char **message) {
  struct settlement settlement;
  int rc = SQLITE_OK;
  bool guarded;
  memset(&settlement, 0, sizeof(settlement));
  settlement.store = store;
  settlement.message = message;
  settlement.rc = &rc;
  *settled = 0;
  *message = NULL;
  if (!team_id && !anything_to_do(&settlement)) {
    if (rc != SQLITE_OK) *message = store_error(store->db, "settle");
    return rc;
  }
  guarded = open_savepoint(store->db);
  settle_all(&settlement, team_id);
  if (rc == SQLITE_OK && guarded) {
    rc = sqlite3_exec(store->db, "RELEASE billing_settle", NULL, NULL, NULL);
  }
  if (rc != SQLITE_OK) {
    if (!*message) *message = store_error(store->db, "settle");
    if (guarded) undo(store, rc);
    return rc;
  }
  *settled = settlement.settled;
  return SQLITE_OK;
}
