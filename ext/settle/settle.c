/*
** One settlement: facts to ledger, all or nothing.
**
** The order of a call: changes of the price list become marks (price_marks.c); marks are read;
** usage that is listed is rated, which marks the wallets that pay for it; what is stored after each
** mark is rated again, which may mark further wallets; then the groups are settled one by one
** (staging.c). Usage with an id above `settled_upto` is new by its id alone: a bulk load writes no
** list, and SQLite hands those rows over sorted.
*/
#include "settle/settle.h"

#include <string.h>

#include "settle/settlement.h"
#include "facts/catalogue.h"
#include "settle/group.h"
#include "settle/switches.h"
#include "facts/sql_parts.h"
#include "facts/lookup.h"
#include "settle/writer.h"
#include "store/error.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

/*
** Usage with an id up to this one is settled or listed in _billing_pending_usage. EVERY_ROW while
** autosettle is on.
*/
const char sql_meta_settled_upto[] =
    "SELECT value FROM main._billing_meta WHERE name = 'settled_upto'";

static const char sql_meta_set_settled_upto[] =
    "UPDATE main._billing_meta SET value = ?1 WHERE name = 'settled_upto'";

static const char sql_usage_last[] = "SELECT max(usage_id) FROM main.usage";

static const char sql_pending_list_new[] =
    "INSERT OR IGNORE INTO main._billing_pending_usage SELECT usage_id FROM main.usage"
    " WHERE usage_id > ?1";

static const char sql_pending_forget[] =
    "DELETE FROM main._billing_pending_usage WHERE usage_id = ?1";

static const char sql_pending_forget_all[] = "DELETE FROM main._billing_pending_usage";

static const char sql_marks[] =
    "SELECT wallet_id, from_ms FROM main._billing_pending_wallet ORDER BY wallet_id";

/* The mark of wallet 0 stands for all wallets; see spread_mark(). */
const char sql_mark_forget[] = "DELETE FROM main._billing_pending_wallet WHERE wallet_id = ?1";

const char sql_mark_add[] =
    "INSERT INTO main._billing_pending_wallet VALUES (?1, ?2) ON CONFLICT (wallet_id)"
    " DO UPDATE SET from_ms = min(from_ms, excluded.from_ms)";

static const char sql_wallets[] = "SELECT wallet_id FROM main._billing_wallet ORDER BY wallet_id";

static const char sql_retry_asked[] = "SELECT retry FROM main._billing_change WHERE id = 1";

static const char sql_retry_done[] =
    "UPDATE main._billing_change SET retry = 0 WHERE id = 1 AND retry <> 0";

/* After a fact that may help, such as a rate, all that had no rate or payer is tried again. */
static const char sql_retry_list[] =
    "INSERT OR IGNORE INTO main._billing_pending_usage SELECT usage_id FROM main._billing_unrated";

static const char sql_usage_pending[] =
    "SELECT " SQL_USAGE
    " FROM main._billing_pending_usage p CROSS JOIN main.usage u"
    " ON u.usage_id = p.usage_id";

/*
** The usage stored for a wallet from ?2 on, by what it became: paid, owed, or free. UNION, since a
** usage may be partly paid and partly owed (Q9). Offsets are left out: their usage is older, and
** its debt is loaded instead.
*/
static const char sql_usage_stored[] =
    "SELECT " SQL_USAGE
    " FROM ("
    " SELECT e.usage_id FROM main._billing_holding s CROSS JOIN main.ledger_entry e"
    "  ON e.lot_id = s.lot_id AND e.charged_ms >= max(?2, s.from_ms)"
    "  AND e.charged_ms < s.to_ms WHERE s.wallet_id = ?1 AND e.is_offset = 0"
    " UNION SELECT usage_id FROM main._billing_debt WHERE wallet_id = ?1 AND at_ms >= ?2"
    " UNION SELECT usage_id FROM main._billing_free_usage WHERE wallet_id = ?1 AND at_ms >= ?2) i"
    " CROSS JOIN main.usage u ON u.usage_id = i.usage_id";

/* OR IGNORE: a usage may be listed as changed and stored after a mark as well. */
static const char sql_settling_add[] =
    "INSERT OR IGNORE INTO main._billing_staged_usage VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

const char sql_settling_clear[] = "DELETE FROM main._billing_staged_usage";

static const char sql_unrated_forget[] = "DELETE FROM main._billing_unrated WHERE usage_id = ?1";

/*
** Writes nothing. store_undo() steps it so that an interrupt can't stop the ROLLBACK
** (docs/host.md).
*/
static const char sql_breaker[] = "DELETE FROM main._billing_staged_usage WHERE 0";

const char sql_work_to_do[] =
    "SELECT EXISTS (SELECT 1 FROM main._billing_pending_usage)"
    " OR EXISTS (SELECT 1 FROM main._billing_pending_wallet)"
    " OR EXISTS (SELECT 1 FROM main._billing_pending_price)"
    " OR (SELECT retry FROM main._billing_change WHERE id = 1)"
    " OR coalesce((SELECT max(usage_id) FROM main.usage) > (SELECT value FROM"
    "  main._billing_meta WHERE name = 'settled_upto'), 0)";

/* ---- marks ---- */

static int64_t ask(struct settlement *settlement, const char *id) {
  return store_ask(settlement->store, id, settlement->rc);
}

static void run(struct settlement *settlement, const char *id) {
  store_run(settlement->store, id, store_take(settlement->store, id, settlement->rc),
            settlement->rc);
}

void settlement_run_with(struct settlement *settlement, const char *id, int64_t value) {
  sqlite3_stmt *statement = store_take(settlement->store, id, settlement->rc);
  if (statement) sqlite3_bind_int64(statement, 1, value);
  store_run(settlement->store, id, statement, settlement->rc);
}

/*
** A mark on all wallets becomes a mark on each, so that settle(team_id) can take its own and leave
** the others.
*/
static void spread_mark(struct settlement *settlement, int64_t from_ms) {
  sqlite3_stmt *row = store_take(settlement->store, sql_wallets, settlement->rc);
  while (store_row(row, settlement->rc)) {
    sqlite3_stmt *add = store_take(settlement->store, sql_mark_add, settlement->rc);
    if (add) {
      sqlite3_bind_int64(add, 1, sqlite3_column_int64(row, 0));
      sqlite3_bind_int64(add, 2, from_ms);
    }
    store_run(settlement->store, sql_mark_add, add, settlement->rc);
  }
  store_put(settlement->store, sql_wallets, row, settlement->rc);
  settlement_run_with(settlement, sql_mark_forget, 0);
}

/* Read pending_wallet; with settle(team_id) only for wallets that take part. */
static void read_marks(struct settlement *settlement) {
  sqlite3_stmt *row = store_take(settlement->store, sql_marks, settlement->rc);
  int64_t all_from = NOT_YET;
  if (store_row(row, settlement->rc) && sqlite3_column_int64(row, 0) == 0) {
    all_from = sqlite3_column_int64(row, 1);
  }
  store_put(settlement->store, sql_marks, row, settlement->rc);
  if (all_from != NOT_YET) spread_mark(settlement, all_from);
  row = store_take(settlement->store, sql_marks, settlement->rc);
  while (store_row(row, settlement->rc)) {
    int64_t wallet_id = sqlite3_column_int64(row, 0);
    if (!settlement->limited || marked_find(settlement, wallet_id)) {
      mark_wallet(settlement, wallet_id, sqlite3_column_int64(row, 1));
    }
  }
  store_put(settlement->store, sql_marks, row, settlement->rc);
}

/* What could not be rated is listed again once a fact has come that may help. */
static void retry_unrated(struct settlement *settlement) {
  if (!ask(settlement, sql_retry_asked)) return;
  run(settlement, sql_retry_list);
  run(settlement, sql_retry_done);
}

/* ---- rating into `settling` ---- */

void settlement_add_unrated(struct settlement *settlement, const struct rated_usage *rated) {
  write_unrated(settlement->store, rated->usage_id, rated->class, settlement->rc);
}

static void add_settling(struct settlement *settlement, const struct rated_usage *rated) {
  sqlite3_stmt *add = store_take(settlement->store, sql_settling_add, settlement->rc);
  if (add) {
    sqlite3_bind_int64(add, 1, rated->wallet_id);
    sqlite3_bind_int64(add, 2, rated->at_ms);
    sqlite3_bind_int64(add, 3, rated->usage_id);
    sqlite3_bind_int64(add, 4, rated->units);
    sqlite3_bind_int(add, 5, rated->api_index);
    sqlite3_bind_int(add, 6, rated->class);
  }
  store_run(settlement->store, sql_settling_add, add, settlement->rc);
  mark_wallet(settlement, rated->wallet_id, rated->at_ms);
}

/* Usage without a rate or a payer is listed, never silently free; it marks no wallet. */
static void accept(struct settlement *settlement, const struct rated_usage *rated) {
  if (rated->class == USAGE_UNRATED || rated->class == USAGE_UNASSIGNED) {
    settlement_add_unrated(settlement, rated);
  } else {
    add_settling(settlement, rated);
  }
}

/*
** `listed`: rows of _billing_pending_usage. With settle(team_id) a listed row of another team stays
** listed. A row that could not be rated before may have a rate by now, so it leaves that list
** first.
*/
static void rate_rows(struct settlement *settlement, const char *id, sqlite3_stmt *row,
                      bool listed) {
  struct rated_usage rated;
  while (store_row(row, settlement->rc)) {
    struct usage_fields usage = usage_of_row(row);
    rater_rate(&settlement->rater, &usage, &rated, settlement->rc);
    if (*settlement->rc != SQLITE_OK) break;
    if (settlement->limited && listed && !marked_find(settlement, rated.wallet_id)) continue;
    if (listed) settlement_run_with(settlement, sql_unrated_forget, rated.usage_id);
    if (listed && settlement->limited)
      settlement_run_with(settlement, sql_pending_forget, rated.usage_id);
    accept(settlement, &rated);
  }
  store_put(settlement->store, id, row, settlement->rc);
}

/* The rows listed in pending_usage. */
static void rate_listed(struct settlement *settlement) {
  sqlite3_stmt *row;
  row = store_take(settlement->store, sql_usage_pending, settlement->rc);
  rate_rows(settlement, sql_usage_pending, row, true);
  if (!settlement->limited) run(settlement, sql_pending_forget_all);
}

/* ---- groups ---- */

void settlement_gather(struct settlement *settlement, int64_t wallet_id, int64_t from_ms) {
  sqlite3_stmt *row = store_take(settlement->store, sql_usage_stored, settlement->rc);
  if (row) {
    sqlite3_bind_int64(row, 1, wallet_id);
    sqlite3_bind_int64(row, 2, from_ms);
  }
  rate_rows(settlement, sql_usage_stored, row, false);
}

/*
** True when there was anything to do. A wallet that joined just now needs its group first. One that
** gets usage from before its close settles from the close all the same.
*/
static bool gather(struct settlement *settlement, int index) {
  struct marked_wallet *marked = &settlement->marked[index];
  int64_t from_ms;
  if (marked->group == NO_GROUP) return true;
  from_ms = group_start(&settlement->groups[marked->group]);
  if (marked->gathered_ms <= from_ms) return false;
  marked->gathered_ms = from_ms;
  settlement_gather(settlement, marked->wallet_id, from_ms);
  return true;
}

/*
** Rates again what is stored after a mark. It may belong to another wallet now, which is marked
** then and gathered in the next round. It ends: each round only moves starts back.
*/
static void gather_all(struct settlement *settlement) {
  bool again = true;
  while (again && *settlement->rc == SQLITE_OK) {
    again = false;
    marks_form_groups(settlement);
    for (int i = 0; i < settlement->count && *settlement->rc == SQLITE_OK; i++) {
      if (gather(settlement, i)) again = true;
    }
  }
}

/* ---- one call ---- */

static void limit_to(struct settlement *settlement, sqlite3_value *team_id) {
  sqlite3_stmt *row = store_take(settlement->store, sql_wallet_of_team, settlement->rc);
  int64_t wallet_id = 0;
  if (row) sqlite3_bind_value(row, 1, team_id);
  if (store_row(row, settlement->rc)) wallet_id = sqlite3_column_int64(row, 0);
  store_put(settlement->store, sql_wallet_of_team, row, settlement->rc);
  if (*settlement->rc != SQLITE_OK) return;
  if (!wallet_id) {
    *settlement->message =
        complaint("settle", "unknown team", team_id, "insert it into team first");
    *settlement->rc = SQLITE_CONSTRAINT;
    return;
  }
  mark_group(settlement, wallet_id);
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
  settlement_run_with(settlement, sql_pending_list_new, upto);
  settlement_run_with(settlement, sql_meta_set_settled_upto, last);
}

/* For alerts, at the end: they compare with what is written, and by now it is. */
static void report_settled(struct settlement *settlement) {
  struct store *store = settlement->store;
  for (int i = 0; store->switches.alerts && i < settlement->count; i++) {
    store->settled(store, settlement->marked[i].wallet_id, true, settlement->rc);
  }
}

/* For settlement_preview, which shows what these wallets would have, and then undoes it. */
static void list_settled(struct settlement *settlement) {
  struct wallet_list *list = settlement->store->settled_wallets;
  for (int i = 0; list && i < settlement->count && *settlement->rc == SQLITE_OK; i++) {
    list->wallet_ids =
        store_grow(list->wallet_ids, list->count, &list->room, sizeof(int64_t), settlement->rc);
    if (*settlement->rc != SQLITE_OK) return;
    list->wallet_ids[list->count++] = settlement->marked[i].wallet_id;
  }
}

/*
** No check for errors between the steps: each does nothing once rc is set, and those that free
** memory always run. Only a call for all teams may take new rows as a stream; with a team they are
** listed, so that those of other teams wait in the list.
*/
static void settle_all(struct settlement *settlement, sqlite3_value *team_id) {
  int64_t upto, last;
  bool any_new;
  rater_open(&settlement->rater, settlement->store, settlement->rc);
  if (team_id && *settlement->rc == SQLITE_OK) limit_to(settlement, team_id);
  upto = ask(settlement, sql_meta_settled_upto);
  last = upto == EVERY_ROW ? 0 : ask(settlement, sql_usage_last);
  any_new = upto != EVERY_ROW && last > upto;
  retry_unrated(settlement);
  price_marks_apply(settlement, upto);
  read_marks(settlement);
  if (any_new && settlement->limited) list_new(settlement, upto, last);
  rate_listed(settlement);
  gather_all(settlement);
  if (any_new && !settlement->limited) {
    settle_groups(settlement, upto);
    settlement_run_with(settlement, sql_meta_set_settled_upto, last);
  } else {
    settle_groups(settlement, EVERY_ROW);
  }
  report_settled(settlement);
  list_settled(settlement);
  marks_free(settlement);
  run(settlement, sql_settling_clear);
  explain(settlement);
  rater_close(&settlement->rater);
}

static bool anything_to_do(struct settlement *settlement) {
  return ask(settlement, sql_work_to_do) != 0;
}

/* ---- atomicity ---- */

/*
** A SELECT that calls settle() is not atomic by itself, so this savepoint makes it so. Inside a
** statement that writes (a trigger) SQLite refuses a savepoint with SQLITE_BUSY, and none is
** needed: the statement is undone as a whole.
*/
static bool open_savepoint(sqlite3 *db, int *rc) {
  int error;
  if (*rc != SQLITE_OK) return false;
  error = sqlite3_exec(db, "SAVEPOINT billing_settle", NULL, NULL, NULL);
  if (error != SQLITE_OK && error != SQLITE_BUSY) *rc = error;
  return error == SQLITE_OK;
}

/*
** The breaker is prepared first: after an interrupt nothing can be prepared. The error text is
** taken before the rollback, which would replace it.
*/
static int settle_guarded(struct settlement *settlement, sqlite3_value *team_id) {
  struct store *store = settlement->store;
  int *rc = settlement->rc;
  sqlite3_stmt *breaker = store_take(store, sql_breaker, rc);
  store->arriving = ARRIVING_UNSURE;
  bool guarded = open_savepoint(store->db, rc);
  switches_read(store, rc);
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
  store_put(store, sql_breaker, breaker, rc);
  return *rc;
}

/* With nothing to do the call costs one statement, and opens no write transaction. */
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
