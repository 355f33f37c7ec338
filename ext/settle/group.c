/*
** Settles one group of wallets from an instant on, from_ms: deletes what is stored of it from there
** on, loads the wallets as they stood just before, and replays the rest of the story with the
** timeline (core/timeline.h), whose results go to tables.
**
** Rows after from_ms are not patched but written again. So the ledger is the same whatever the
** order in which facts arrived (Q29), and a correction needs no rule of its own: it is a mark at an
** earlier instant.
*/
#include "settle/group.h"

#include <string.h>

#include "core/units.h"
#include "facts/access.h"
#include "facts/sql_parts.h"
#include "settle/group_state.h"
#include "settle/late_units.h"
#include "settle/open_groups.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

/*
** Lots to delete and load again: all that the wallet ever held, except those that were over before
** ?2 and never moved, since facts that count from then on change nothing of them. ?2 NULL: all. So
** settling a young usage of a team with years of old packs loads only the packs that may still pay.
*/
static const char sql_stored_lots[] =
    "SELECT DISTINCT s.lot_id FROM main._billing_holding s"
    " LEFT JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id WHERE s.wallet_id = ?1"
    " AND NOT ifnull(l.end_ms < ?2 AND l.purchased_ms < ?2 AND s.from_ms = l.purchased_ms"
    "  AND s.to_ms = " SQL_END_OF_TIME
    " AND NOT EXISTS (SELECT 1 FROM main.lot_move m"
    "   WHERE m.lot_id = s.lot_id), 0)";

static const char sql_drop_entries[] =
    "DELETE FROM main.ledger_entry WHERE lot_id = ?1 AND charged_ms >= ?2";

/*
** Only its row. Entries before the start stay, and so do late units: the lot's row is written again
** from them when the lot is loaded (group_lots.c).
*/
static const char sql_drop_lot[] = "DELETE FROM main._billing_settled_lot WHERE lot_id = ?1";

static const char sql_drop_holdings[] =
    "DELETE FROM main._billing_holding WHERE wallet_id = ?1 AND lot_id = ?2";

static const char sql_drop_debts[] =
    "DELETE FROM main._billing_debt WHERE wallet_id = ?1 AND at_ms >= ?2";

/* A debt from before the start keeps its earlier steps; a payment at or after the start goes. */
static const char sql_drop_debt_steps[] =
    "DELETE FROM main._billing_debt WHERE wallet_id = ?1 AND at_ms = ?2 AND usage_id = ?3"
    " AND since_ms >= ?4";

static const char sql_drop_state[] =
    "DELETE FROM main._billing_wallet_state WHERE wallet_id = ?1 AND at_ms >= ?2";

static const char sql_drop_meter[] =
    "DELETE FROM main._billing_meter WHERE wallet_id = ?1 AND at_ms >= ?2";

static const char sql_drop_free[] =
    "DELETE FROM main._billing_free_usage WHERE wallet_id = ?1 AND at_ms >= ?2";

static const char sql_unblocks[] =
    "SELECT billing_ms(b.unblocked_at) FROM main._billing_wallet w JOIN main.unblock b"
    " USING (team_id) WHERE w.wallet_id = ?1 ORDER BY 1";

/*
** LEFT JOIN: a debt is loaded even where its usage is gone, so that what the wallet owes still adds
** up.
*/
static const char sql_debts_backward[] =
    "SELECT d.at_ms, d.usage_id, d.since_ms, d.units, d.rated, d.parts,"
    " billing_ms(u.occurred_at), u.api FROM main._billing_debt d"
    " LEFT JOIN main.usage u ON u.usage_id = d.usage_id"
    " WHERE d.wallet_id = ?1 AND d.at_ms < ?2"
    " ORDER BY d.at_ms DESC, d.usage_id DESC, d.since_ms DESC";

/* When a usage occurred that a close keeps as one without a rate. */
static const char sql_kept_occurred[] =
    "SELECT billing_ms(u.occurred_at) FROM main._billing_closed_unrated n"
    " JOIN main.usage u ON u.usage_id = n.usage_id WHERE n.usage_id = ?1";

/* In the order of the primary key: no sorting. See open_staged() for when this one is enough. */
static const char sql_settling_of_wallet[] =
    "SELECT wallet_id, at_ms, usage_id, units, api, status FROM main._billing_staged_usage"
    " WHERE wallet_id = ?1 ORDER BY at_ms, usage_id";

static const char sql_settling_of_group[] =
    "SELECT wallet_id, at_ms, usage_id, units, api, status FROM main._billing_staged_usage"
    " WHERE wallet_id IN (SELECT value FROM json_each(?1)) ORDER BY max(at_ms, ?2), usage_id";

/* Memory of the timeline: core/ knows no SQLite, and SQLite's allocator has the host's limits. */
static void *resize(void *memory, uint64_t bytes) {
  if (bytes > 0) return sqlite3_realloc64(memory, bytes);
  sqlite3_free(memory);
  return NULL;
}

static int64_t column_or(sqlite3_stmt *row, int column, int64_t otherwise) {
  return sqlite3_column_type(row, column) == SQLITE_NULL ? otherwise
                                                         : sqlite3_column_int64(row, column);
}

/* ---- the sink: results go to tables ---- */

static bool sink_entry(void *context, const struct entry *entry) {
  struct group *group = context;
  write_entry(&group->writer, entry, group->rc);
  return *group->rc == SQLITE_OK;
}

/*
** *settled counts each usage once. A debt of an earlier usage counts when its first new step is
** written, unless drop_debt_steps() has counted it already.
*/
static bool sink_debt(void *context, int64_t wallet_id, const struct debt *debt, int64_t since_ms) {
  struct group *group = context;
  write_debt(&group->writer, wallet_id, debt, since_ms, group->rc);
  if (debt->at_ms < group->from_ms && !debt->written) ++*group->settled; /* an earlier usage */
  return *group->rc == SQLITE_OK;
}

static bool sink_state(void *context, int64_t wallet_id, const struct wallet_state *wallet_state,
                       int64_t at_ms) {
  struct group *group = context;
  write_state(&group->writer, wallet_id, wallet_state, at_ms, group->rc);
  return *group->rc == SQLITE_OK;
}

static bool sink_drop(void *context, int64_t wallet_id, int64_t at_ms) {
  struct group *group = context;
  drop_state(&group->writer, wallet_id, at_ms, group->rc);
  return *group->rc == SQLITE_OK;
}

static bool sink_raise(void *context, int64_t wallet_id, int64_t from_ms, int64_t to_ms,
                       int64_t units) {
  struct group *group = context;
  raise_states(&group->writer, wallet_id, from_ms, to_ms, units, group->rc);
  return *group->rc == SQLITE_OK;
}

/* ---- taking back ---- */

/* Runs a statement for a wallet or a lot; one with a second parameter gets the start. */
static void run_for(struct group *group, const char *id, int64_t key) {
  sqlite3_stmt *statement = store_take(group->store, id, group->rc);
  if (statement) {
    sqlite3_bind_int64(statement, 1, key);
    if (sqlite3_bind_parameter_count(statement) > 1) {
      sqlite3_bind_int64(statement, 2, group->from_ms);
    }
  }
  store_run(group->store, id, statement, group->rc);
}

static void take_back_lot(struct group *group, int64_t wallet_id, int64_t lot_id) {
  run_for(group, sql_drop_entries, lot_id);
  late_units_take_back(group->store, lot_id, group->from_ms, group->rc);
  run_for(group, sql_drop_lot, lot_id);
  query_run(group->store, sql_drop_holdings, group->rc, "ii", wallet_id, lot_id);
}

/*
** Deletes what is stored of a wallet from the start on. At a close no lot is left alone, since
** facts of any earlier time may count from there on.
*/
static void take_back_wallet(struct group *group, int64_t wallet_id) {
  sqlite3_stmt *lots = store_take(group->store, sql_stored_lots, group->rc);
  if (lots) {
    sqlite3_bind_int64(lots, 1, wallet_id);
    bind_since(lots, 2, group->from_ms == group->closed_ms ? NEVER : group->from_ms);
  }
  while (store_row(lots, group->rc)) take_back_lot(group, wallet_id, sqlite3_column_int64(lots, 0));
  store_put(group->store, sql_stored_lots, lots, group->rc);
  run_for(group, sql_drop_debts, wallet_id);
  run_for(group, sql_drop_state, wallet_id);
  run_for(group, sql_drop_free, wallet_id);
  run_for(group, sql_drop_meter, wallet_id);
}

/* ---- wallets ---- */

/*
** Unblock rows become events. One that came after the block and before the start has not lifted it
** yet: it still counts, from the start on (Q21).
*/
static void read_unblocks(struct group *group, int index) {
  struct wallet *wallet = &group->timeline.wallets[index];
  int64_t blocked_since = wallet->wallet_state.blocked_since;
  sqlite3_stmt *row = store_take(group->store, sql_unblocks, group->rc);
  if (row) sqlite3_bind_int64(row, 1, wallet->wallet_id);
  while (store_row(row, group->rc)) {
    int64_t at_ms = sqlite3_column_int64(row, 0);
    if (at_ms < group->from_ms) wallet->last_unblock = at_ms;
    if (at_ms < group->from_ms && (blocked_since == NEVER || at_ms < blocked_since)) continue;
    group_add_event(group, EVENT_UNBLOCK, at_ms < group->from_ms ? group->from_ms : at_ms, -1,
                    index);
  }
  store_put(group->store, sql_unblocks, row, group->rc);
}

void group_read_policies(struct group *group, int index, int64_t after_ms) {
  const struct timeline *timeline = &group->timeline;
  for (int i = 1; i < timeline->policy_count; i++) {
    if (timeline->policies[i].from_ms > after_ms && timeline->policies[i].restore_auto &&
        !timeline->policies[i - 1].restore_auto) {
      group_add_event(group, EVENT_REVIEW, timeline->policies[i].from_ms, -1, index);
    }
  }
}

/* A debt that loses steps is settled again, whether it gets others or none. */
static void drop_debt_steps(struct group *group, int64_t wallet_id, struct debt *debt) {
  sqlite3_stmt *drop = store_take(group->store, sql_drop_debt_steps, group->rc);
  if (drop) {
    sqlite3_bind_int64(drop, 1, wallet_id);
    sqlite3_bind_int64(drop, 2, debt->at_ms);
    sqlite3_bind_int64(drop, 3, debt->usage_id);
    sqlite3_bind_int64(drop, 4, group->from_ms);
  }
  store_run(group->store, sql_drop_debt_steps, drop, group->rc);
  debt->written = drop && *group->rc == SQLITE_OK && sqlite3_changes(group->store->db) > 0;
  if (debt->written) ++*group->settled;
}

/* One row of sql_debts_backward. */
static struct debt debt_of_row(const struct group *group, sqlite3_stmt *row) {
  static const struct text no_sku = {NULL, -1};
  struct debt debt;
  struct text api = text_of_column(row, 7);
  const struct tariff *tariff;
  debt.at_ms = sqlite3_column_int64(row, 0);
  debt.usage_id = sqlite3_column_int64(row, 1);
  debt.owed = sqlite3_column_int64(row, 3);
  debt.rated = sqlite3_column_int64(row, 4);
  debt.parts = sqlite3_column_int(row, 5);
  debt.written = false;
  debt.occurred_ms = column_or(row, 6, debt.at_ms);
  tariff = api.bytes ? catalogue_tariff(group->catalogue, api, no_sku) : NULL;
  debt.api = tariff ? tariff->api_index : 0;
  return debt;
}

/* Debts as they are read: newest first. */
struct open_debts {
  struct debt *list;
  int count, room;
};

/*
** Finds the debts that are open just before the start by walking back until they add up to what the
** wallet state says. So the walk ends at the oldest open debt and reads no history before it. Order
** of the statement: newest usage first, of each usage the newest step first; a step at or after the
** start is deleted later, by drop_debt_steps().
*/
static void walk_back(struct group *group, const struct wallet *wallet, struct open_debts *open) {
  int64_t missing = wallet->wallet_state.debt;
  int64_t done_ms = NEVER, done_usage = 0;
  sqlite3_stmt *row = missing > 0 ? store_take(group->store, sql_debts_backward, group->rc) : NULL;
  if (row) {
    sqlite3_bind_int64(row, 1, wallet->wallet_id);
    sqlite3_bind_int64(row, 2, group->from_ms);
  }
  while (missing > 0 && store_row(row, group->rc)) {
    int64_t at_ms = sqlite3_column_int64(row, 0);
    int64_t usage_id = sqlite3_column_int64(row, 1);
    if (at_ms == done_ms && usage_id == done_usage) continue;
    if (sqlite3_column_int64(row, 2) >= group->from_ms) continue; /* a later step */
    done_ms = at_ms;
    done_usage = usage_id;
    if (sqlite3_column_int64(row, 3) == 0) continue;
    missing -= sqlite3_column_int64(row, 3);
    open->list = store_grow(open->list, open->count, &open->room, sizeof(*open->list), group->rc);
    if (*group->rc == SQLITE_OK) open->list[open->count++] = debt_of_row(group, row);
  }
  store_put(group->store, sql_debts_backward, row, group->rc);
}

/*
** A group that stays open only reads: its steps are stored already and remain. One that settles
** deletes the steps from the start on, once all debts are loaded.
*/
void group_read_debts(struct group *group, int index) {
  struct wallet *wallet = &group->timeline.wallets[index];
  struct open_debts open = {NULL, 0, 0};
  walk_back(group, wallet, &open);
  /* Oldest first: each has its place at the end. */
  while (open.count > 0 && *group->rc == SQLITE_OK) {
    if (timeline_load_debt(&group->timeline, index, &open.list[--open.count]) != TIMELINE_OK) {
      *group->rc = SQLITE_NOMEM;
    }
  }
  sqlite3_free(open.list);
  for (int i = 0; i < wallet->debt_count && !group->stays_open; i++) {
    drop_debt_steps(group, wallet->wallet_id, &wallet->debts[i]);
  }
}

/* ---- usage ---- */

/*
** The first error stands. TIMELINE_SINK_FAILED needs nothing here: the sink has set rc. An overflow
** is an error of the facts, not of the program: so it is a constraint, and names the usage.
*/
void group_check(struct group *group, enum timeline_result result, int64_t usage_id) {
  if (result == TIMELINE_CROSSED) group->crossed = true;
  if (result == TIMELINE_NO_MEMORY && *group->rc == SQLITE_OK) *group->rc = SQLITE_NOMEM;
  if (result == TIMELINE_OVERFLOW && *group->rc == SQLITE_OK) {
    *group->message = sqlite3_mprintf(
        "settle: a sum of units does not fit 64 bits, at usage %lld,"
        " correct the amounts",
        (long long)usage_id);
    *group->rc = SQLITE_CONSTRAINT;
  }
}

/* A usage that was not priced when it was rated. False: refused. */
static bool price_metered(struct group *group, int64_t wallet_id, struct debt *usage) {
  if (meter_price(&group->meters, wallet_id, usage->usage_id, usage->at_ms, &usage->owed,
                  group->rc)) {
    usage->rated = usage->owed;
    return true;
  }
  group_check(group, group->meters.late ? TIMELINE_CROSSED : TIMELINE_OVERFLOW, usage->usage_id);
  return false;
}

static void charge(struct group *group, int wallet, const struct debt *usage) {
  struct timeline *timeline = &group->timeline;
  group_check(group,
              group->stays_open ? timeline_insert(timeline, &group->plan, wallet, usage)
                                : timeline_usage(timeline, wallet, usage),
              usage->usage_id);
}

/*
** When the usage occurred. What a close keeps as one that had no rate is rated as of that close
** (facts/rater.c), but its debt takes the place that its own age gives it (Q10).
*/
static int64_t occurred_ms(struct group *group, const struct group_usage *usage) {
  if (!group->any_kept) return usage->occurred_ms;
  return query_number(group->store, sql_kept_occurred, usage->occurred_ms, group->rc, "i",
                      usage->usage_id);
}

/*
** Prices it if need be, and lets the timeline charge it. Usage that costs nothing does not enter
** the timeline, but in a group that stays open the events up to its instant have happened.
*/
static void settle_usage(struct group *group, const struct group_usage *usage) {
  enum usage_class class = usage->class;
  struct debt item;
  memset(&item, 0, sizeof(item));
  item.occurred_ms = occurred_ms(group, usage);
  item.at_ms = group_counts_at(usage->occurred_ms, group->closed_ms);
  item.usage_id = usage->usage_id;
  item.owed = item.rated = usage->units;
  item.api = usage->api_index;
  if (class == USAGE_METERED) {
    if (!price_metered(group, usage->wallet_id, &item)) return;
    class = item.owed > 0 ? USAGE_PRICED : USAGE_FREE;
  }
  if (class != USAGE_PRICED) {
    write_free(group->store, usage->wallet_id, item.at_ms, usage->usage_id, class, group->rc);
    if (group->stays_open) {
      group_check(group, timeline_catch_up(&group->timeline, &group->plan, item.at_ms),
                  usage->usage_id);
    }
  } else {
    charge(group, group_wallet_index(group, usage->wallet_id), &item);
  }
  ++*group->settled;
  if (group->store->progress && *group->settled % PROGRESS_STEP == 0) {
    store_progress(*group->settled);
  }
}

/* ---- staged usage: rows of `settling` ---- */

/*
** The wallets as a JSON array: one parameter for any number of them, so that the text of the
** statement stays the same and store_take() finds it.
*/
static char *list_wallets(const struct group *group) {
  sqlite3_str *list = sqlite3_str_new(group->store->db);
  for (int i = 0; i < group->timeline.wallet_count; i++) {
    sqlite3_str_appendf(list, "%c%lld", i ? ',' : '[',
                        (long long)group->timeline.wallets[i].wallet_id);
  }
  sqlite3_str_appendall(list, "]");
  return sqlite3_str_finish(list);
}

static void next_staged(struct group *group) {
  sqlite3_stmt *row = group->staged;
  if (!store_row(row, group->rc)) {
    store_put(group->store, group->staged_id, row, group->rc);
    group->staged = NULL;
    return;
  }
  group->next.wallet_id = sqlite3_column_int64(row, 0);
  group->next.occurred_ms = sqlite3_column_int64(row, 1);
  group->next.usage_id = sqlite3_column_int64(row, 2);
  group->next.units = sqlite3_column_int64(row, 3);
  group->next.api_index = sqlite3_column_int(row, 4);
  group->next.class = (enum usage_class)sqlite3_column_int(row, 5);
}

/*
** Opens the staged rows in the order of the instants at which usage counts. A close moves earlier
** usage to its own instant, and wallets are stored one after the other, so only one wallet without
** closes needs no sort.
*/
static void open_staged(struct group *group) {
  bool plain = group->timeline.wallet_count == 1 && group->closed_ms == NEVER;
  group->staged_id = plain ? sql_settling_of_wallet : sql_settling_of_group;
  group->staged = store_take(group->store, group->staged_id, group->rc);
  if (group->staged && plain) {
    sqlite3_bind_int64(group->staged, 1, group->timeline.wallets[0].wallet_id);
  } else if (group->staged) {
    sqlite3_bind_text(group->staged, 1, list_wallets(group), -1, sqlite3_free);
    sqlite3_bind_int64(group->staged, 2, group->closed_ms);
  }
  next_staged(group);
}

/* The order in which usage is settled (Q28): the instant at which it counts, then usage_id. */
static bool comes_before(const struct group *group, const struct group_usage *a,
                         const struct group_usage *b) {
  int64_t a_ms = group_counts_at(a->occurred_ms, group->closed_ms);
  int64_t b_ms = group_counts_at(b->occurred_ms, group->closed_ms);
  if (a_ms != b_ms) return a_ms < b_ms;
  return a->usage_id < b->usage_id;
}

/* Settle what is staged and comes before `limit`; all of it when that is NULL. */
static void settle_staged(struct group *group, const struct group_usage *limit) {
  while (group->staged && *group->rc == SQLITE_OK &&
         (!limit || comes_before(group, &group->next, limit))) {
    struct group_usage usage = group->next;
    settle_usage(group, &usage);
    next_staged(group);
  }
}

/* ---- from opening to closing ---- */

void group_prepare(struct group *group, const int64_t *wallet_ids, int count) {
  struct timeline *timeline = &group->timeline;
  timeline->resize = resize;
  group->any_kept = store_ask(group->store, sql_kept_any, group->rc) != 0;
  timeline->wallets = sqlite3_malloc64((uint64_t)count * sizeof(*timeline->wallets));
  if (!timeline->wallets) {
    *group->rc = SQLITE_NOMEM;
    return;
  }
  memset(timeline->wallets, 0, (size_t)count * sizeof(*timeline->wallets));
  timeline->wallet_count = count;
  for (int i = 0; i < count; i++) {
    timeline->wallets[i].wallet_id = wallet_ids[i];
    timeline->wallets[i].last_unblock = NEVER;
  }
  timeline->policies = catalogue_policy_steps(group->catalogue, &timeline->policy_count);
  timeline->pays = catalogue_pays(group->catalogue, &timeline->api_count);
  group->meters = (struct meter_book){.store = group->store,
                                      .catalogue = group->catalogue,
                                      .from_ms = group->from_ms,
                                      .is_stored = group->stays_open};
  timeline->sink = (struct sink){group, sink_entry, sink_debt, sink_state, sink_drop, sink_raise};
  writer_open(&group->writer, group->store, !group->stays_open);
}

/*
** The order matters. What the closed period knows of lots is read before their rows are deleted.
** Rows are deleted before lots are loaded, since loading takes every lot without a row. Debts come
** last: they are found by the wallet state, and lot events before the start do not concern them.
*/
struct group *group_open(struct store *store, const struct catalogue *catalogue,
                         const int64_t *wallet_ids, int count, int64_t from_ms, int64_t closed_ms,
                         int64_t *settled, char **message, int *rc) {
  struct group *group = *rc == SQLITE_OK ? sqlite3_malloc(sizeof(*group)) : NULL;
  if (!group) {
    if (*rc == SQLITE_OK) *rc = SQLITE_NOMEM;
    return NULL;
  }
  memset(group, 0, sizeof(*group));
  group->store = store;
  group->catalogue = catalogue;
  group->from_ms = from_ms;
  group->closed_ms = closed_ms;
  group->settled = settled;
  group->message = message;
  group->rc = rc;
  for (int i = 0; i < count; i++) open_groups_drop(store, wallet_ids[i]);
  group_prepare(group, wallet_ids, count);
  for (int i = 0; i < count && closed_ms != NEVER; i++) group_read_closed(group, wallet_ids[i]);
  for (int i = 0; i < count; i++) take_back_wallet(group, wallet_ids[i]);
  for (int i = 0; i < count && *rc == SQLITE_OK; i++) {
    group->timeline.wallets[i].wallet_state = store_state(store, wallet_ids[i], from_ms - 1, rc);
    group_read_lots(group, i);
    read_unblocks(group, i);
    group_read_policies(group, i, from_ms - 1);
    if (from_ms == closed_ms) group_add_event(group, EVENT_RULES, closed_ms, -1, i);
  }
  if (*rc == SQLITE_OK) group_check(group, timeline_start(&group->timeline, from_ms), 0);
  for (int i = 0; i < count && *rc == SQLITE_OK; i++) group_read_debts(group, i);
  open_staged(group);
  return group;
}

void group_settle(struct group *group, const struct group_usage *usage) {
  settle_staged(group, usage);
  if (*group->rc == SQLITE_OK) settle_usage(group, usage);
}

bool group_insert(struct group *group, const struct group_usage *usage, char **message, int *rc) {
  int64_t settled = 0;
  group->settled = &settled;
  group->message = message;
  group->rc = rc;
  settle_usage(group, usage);
  group->settled = NULL; /* these belong to the statement */
  group->message = NULL;
  group->rc = NULL;
  return !group->crossed;
}

void group_free(struct group *group) {
  if (!group) return;
  writer_close(&group->writer);
  meter_close(&group->meters);
  plan_free(&group->plan, &group->timeline);
  timeline_free(&group->timeline);
  sqlite3_free(group->timeline.wallets);
  sqlite3_free(group->timeline.lots);
  sqlite3_free(group->timeline.events);
  sqlite3_free(group->closed);
  sqlite3_free(group);
}

/*
** Staged usage comes before what is still to happen, and waiting entries are written before anybody
** reads the ledger.
*/
void group_close(struct group *group) {
  if (!group) return;
  settle_staged(group, NULL);
  if (*group->rc == SQLITE_OK) group_check(group, timeline_finish(&group->timeline), 0);
  if (*group->rc == SQLITE_OK) writer_flush(&group->writer, group->rc);
  store_put(group->store, group->staged_id, group->staged, group->rc);
  group_free(group);
}
