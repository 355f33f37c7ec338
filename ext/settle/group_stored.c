/*
** Loads a group from what settling has stored, so that one more usage can be charged.
**
** Of the facts only unblocks and policies are read again. Two findings stop the load: `late`, later
** usage is stored; and `odd`, what is stored is not what the timeline makes of it, which only
** settle() can put right.
*/
#include <string.h>

#include "core/late.h"
#include "facts/access.h"
#include "settle/group_state.h"
#include "settle/group_stored.h"
#include "settle/late_units.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

/*
** Lots that are with a wallet after an instant, or will be. A lot that is over never matters, nor
** does one that is never alive.
*/
static const char sql_lots_after[] =
    "SELECT l.lot_id, l.kind, l.units, l.purchased_ms, l.expires_ms, l.start_ms, l.end_ms,"
    " l.used_from_ms, l.used_up_ms, s.from_ms, s.to_ms, l.late_from_ms, l.late_to_ms, l.late_units"
    " FROM main._billing_holding s CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id"
    " WHERE s.wallet_id = ?1 AND s.to_ms > ?2 AND l.end_ms > ?2 AND l.start_ms < l.end_ms";

/* Where a lot is and goes from an instant on. */
static const char sql_holdings_after[] =
    "SELECT wallet_id, from_ms FROM main._billing_holding WHERE lot_id = ?1 AND to_ms > ?2"
    " ORDER BY from_ms";

/* The last entry of an instant is that of its last usage, if it has any. */
static const char sql_entry_of_later_usage[] =
    "SELECT EXISTS (SELECT 1 FROM main.ledger_entry"
    "  WHERE lot_id = ?1 AND charged_ms > ?2 AND is_offset = 0)"
    " OR ifnull((SELECT is_offset = 0 AND usage_id > ?3 FROM main.ledger_entry"
    "  WHERE lot_id = ?1 AND charged_ms = ?2 ORDER BY lot_used DESC LIMIT 1), 0)";

/* lot_used only grows, so at one instant the largest is the last. */
static const char sql_entry_upto[] =
    "SELECT charged_ms, lot_used FROM main.ledger_entry WHERE lot_id = ?1 AND charged_ms <= ?2"
    " ORDER BY charged_ms DESC, lot_used DESC LIMIT 1";

/* A row value compares in the order of the primary key: one seek. */
static const char sql_debt_of_later_usage[] =
    "SELECT 1 FROM main._billing_debt WHERE wallet_id = ?1 AND (at_ms, usage_id) > (?2, ?3)"
    " LIMIT 1";

static const char sql_unblocks[] =
    "SELECT billing_ms(b.unblocked_at) FROM main._billing_wallet w JOIN main.unblock b"
    " USING (team_id) WHERE w.wallet_id = ?1 ORDER BY 1";

static const char sql_states_after[] =
    "SELECT at_ms, debt_units, negative_since_ms, blocked_since_ms, grace_ends_ms FROM "
    "main._billing_wallet_state"
    " WHERE wallet_id = ?1 AND at_ms > ?2 ORDER BY at_ms";

/* What is being loaded, and the place in the order of usage where the group is to stand. */
struct loading {
  struct group *group;
  int64_t at_ms, usage_id;
  bool late; /* later usage is stored */
  bool odd;  /* what is stored is not what the timeline says: settle() has to write it */
  int wallet_room;
};

static int *rc_of(const struct loading *loading) {
  return loading->group->rc;
}

/* ---- lots ---- */

static int find_lot(const struct timeline *timeline, int64_t lot_id) {
  for (int i = 0; i < timeline->lot_count; i++) {
    if (timeline->lots[i].lot_id == lot_id) return i;
  }
  return -1;
}

static int64_t since_of_column(sqlite3_stmt *row, int column) {
  return sqlite3_column_type(row, column) == SQLITE_NULL ? NEVER
                                                         : sqlite3_column_int64(row, column);
}

/* An entry of a lot: what it says that the lot has paid. */
struct said {
  int64_t charged_ms, lot_used;
};

/* Of its last entry up to an instant. */
static struct said read_entry(struct loading *loading, int64_t lot_id, int64_t upto_ms) {
  struct store *store = loading->group->store;
  sqlite3_stmt *row = query_open(store, sql_entry_upto, rc_of(loading), "ii", lot_id, upto_ms);
  struct said said = {NEVER, 0};
  if (store_row(row, rc_of(loading))) {
    said = (struct said){sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1)};
  }
  store_put(store, sql_entry_upto, row, rc_of(loading));
  return said;
}

/*
** The lot has an entry at or after the instant: an offset that is written ahead, or usage, which
** makes this one late.
*/
static struct said read_beside_later(struct loading *loading, int64_t lot_id) {
  struct store *store = loading->group->store;
  if (query_number(store, sql_entry_of_later_usage, 0, rc_of(loading), "iii", lot_id,
                   loading->at_ms, loading->usage_id)) {
    loading->late = true;
  }
  return read_entry(loading, lot_id, loading->at_ms);
}

/* What a lot has paid by now. Nearly always its last entry says so. */
static void read_used(struct loading *loading, struct lot *lot, const struct late_units *late) {
  struct said said = read_entry(loading, lot->lot_id, INT64_MAX);
  int64_t before;
  if (said.charged_ms >= loading->at_ms) said = read_beside_later(loading, lot->lot_id);
  before =
      late_units_before(loading->group->store, lot->lot_id, late, said.charged_ms, rc_of(loading));
  if (!lot_has_paid(lot, said.lot_used, before, &lot->used) || !lot_can_pay(lot, late->units)) {
    loading->odd = true;
  }
}

/*
** One row of sql_lots_after; false: the lot can't pay any more. A lot that was used up at this very
** instant is loaded: its last entry may be of a later usage, which read_used() has to notice.
*/
static bool read_lot(struct loading *loading, sqlite3_stmt *row, struct lot *lot) {
  const struct catalogue *catalogue = loading->group->catalogue;
  int64_t used_from_ms = since_of_column(row, 7), used_up_ms = since_of_column(row, 8);
  struct late_units late;
  const struct kind *kinds;
  int count;
  if (used_up_ms != NEVER && used_up_ms < loading->at_ms) return false;
  memset(lot, 0, sizeof(*lot));
  lot->kind = catalogue_kind(catalogue, text_of_column(row, 1));
  kinds = catalogue_kinds(catalogue, &count);
  if (lot->kind < 0) {
    loading->odd = true;
    return false;
  }
  lot->rank = kinds[lot->kind].rank;
  lot->lot_id = sqlite3_column_int64(row, 0);
  lot->units = sqlite3_column_int64(row, 2);
  lot->purchased_ms = sqlite3_column_int64(row, 3);
  lot->expires_ms = sqlite3_column_int64(row, 4);
  lot->start_ms = sqlite3_column_int64(row, 5);
  lot->end_ms = sqlite3_column_int64(row, 6);
  late = late_units_of_row(row, 11);
  lot->late = late.units;
  if (used_from_ms != NEVER) read_used(loading, lot, &late);
  return true;
}

/* The index of a wallet, which joins the group if need be; -1: no memory. */
static int join(struct loading *loading, int64_t wallet_id) {
  struct timeline *timeline = &loading->group->timeline;
  int index = group_wallet_index(loading->group, wallet_id);
  struct wallet *wallet;
  if (index >= 0) return index;
  index = timeline->wallet_count;
  timeline->wallets =
      store_grow(timeline->wallets, index, &loading->wallet_room, sizeof(*wallet), rc_of(loading));
  if (*rc_of(loading) != SQLITE_OK) return -1;
  wallet = memset(&timeline->wallets[index], 0, sizeof(*wallet));
  wallet->wallet_id = wallet_id;
  wallet->last_unblock = NEVER;
  timeline->wallet_count++;
  return index;
}

/* A lot that changes hands from now on ties the wallets that it goes to. */
static void read_moves(struct loading *loading, int lot) {
  struct group *group = loading->group;
  sqlite3_stmt *row = query_open(group->store, sql_holdings_after, rc_of(loading), "ii",
                                 group->timeline.lots[lot].lot_id, loading->at_ms);
  bool first = true;
  while (store_row(row, rc_of(loading))) {
    int64_t from_ms = sqlite3_column_int64(row, 1);
    int wallet = join(loading, sqlite3_column_int64(row, 0));
    if (wallet < 0) break;
    if (first) {
      group->timeline.lots[lot].holder = wallet;
    } else {
      group_add_event(group, EVENT_MOVE, from_ms, lot, wallet);
    }
    first = false;
  }
  store_put(group->store, sql_holdings_after, row, rc_of(loading));
}

static void add_lot(struct loading *loading, const struct lot *lot, bool moves) {
  struct group *group = loading->group;
  struct timeline *timeline = &group->timeline;
  int index = timeline->lot_count;
  timeline->lots =
      store_grow(timeline->lots, index, &group->lot_room, sizeof(*lot), rc_of(loading));
  if (*rc_of(loading) != SQLITE_OK) return;
  timeline->lots[index] = *lot;
  timeline->lot_count++;
  if (moves) read_moves(loading, index);
  group_add_event(group, EVENT_START, lot->start_ms, index, -1);
  group_add_event(group, EVENT_END, lot->end_ms, index, -1);
}

/*
** A lot that moves is a row of each wallet that holds it; the first wallet that is read adds it,
** and read_moves() brings in the others.
*/
static void read_lots(struct loading *loading, int wallet) {
  struct group *group = loading->group;
  sqlite3_stmt *row = query_open(group->store, sql_lots_after, rc_of(loading), "ii",
                                 group->timeline.wallets[wallet].wallet_id, loading->at_ms);
  while (store_row(row, rc_of(loading)) && !loading->late) {
    struct lot lot;
    bool moves = sqlite3_column_int64(row, 9) > sqlite3_column_int64(row, 3) ||
                 sqlite3_column_int64(row, 10) != FOREVER;
    if (moves && find_lot(&group->timeline, sqlite3_column_int64(row, 0)) >= 0) continue;
    if (!read_lot(loading, row, &lot)) continue;
    lot.holder = wallet;
    add_lot(loading, &lot, moves);
  }
  store_put(group->store, sql_lots_after, row, rc_of(loading));
}

/* ---- wallets ---- */

/*
** Unblocks to come are events. One that came after the block, while the balance was negative, lifts
** it as soon as it is not (Q21).
*/
static void read_unblocks(struct loading *loading, int index) {
  struct group *group = loading->group;
  struct wallet *wallet = &group->timeline.wallets[index];
  int64_t blocked_since = wallet->wallet_state.blocked_since;
  sqlite3_stmt *row =
      query_open(group->store, sql_unblocks, rc_of(loading), "i", wallet->wallet_id);
  while (store_row(row, rc_of(loading))) {
    int64_t at_ms = sqlite3_column_int64(row, 0);
    if (at_ms > loading->at_ms) {
      group_add_event(group, EVENT_UNBLOCK, at_ms, -1, index);
    } else {
      wallet->last_unblock = at_ms;
      if (blocked_since != NEVER && at_ms >= blocked_since) wallet->unblocked = true;
    }
  }
  store_put(group->store, sql_unblocks, row, rc_of(loading));
}

static void read_wallet(struct loading *loading, int index) {
  struct group *group = loading->group;
  int64_t wallet_id = group->timeline.wallets[index].wallet_id;
  read_lots(loading, index);
  if (query_number(group->store, sql_debt_of_later_usage, 0, rc_of(loading), "iii", wallet_id,
                   loading->at_ms, loading->usage_id)) {
    loading->late = true;
  }
  if (loading->late) return;
  group->timeline.wallets[index].wallet_state =
      store_state(group->store, wallet_id, loading->at_ms, rc_of(loading));
  read_unblocks(loading, index);
  group_read_policies(group, index, loading->at_ms);
}

/* ---- what is to come ---- */

/*
** A lot is still to come or to move: it may pay debts, so they have to be known one by one.
** Otherwise their sum is enough, which spares a wallet deep in debt from loading them after each
** commit of another connection.
*/
static bool may_offset(const struct timeline *timeline) {
  for (int i = timeline->next_event; i < timeline->event_count; i++) {
    const struct event *event = &timeline->events[i];
    if (event->type == EVENT_START || event->type == EVENT_MOVE) return true;
  }
  return false;
}

/*
** The states that are stored ahead have to be those that the timeline foresees. Draws need no such
** look: they follow from the same lots and debts, and each state has their sum.
*/
static void compare_states(struct loading *loading) {
  struct group *group = loading->group;
  int same = 0;
  for (int i = 0; i < group->timeline.wallet_count; i++) {
    sqlite3_stmt *row = query_open(group->store, sql_states_after, rc_of(loading), "ii",
                                   group->timeline.wallets[i].wallet_id, loading->at_ms);
    while (store_row(row, rc_of(loading))) {
      struct wallet_state wallet_state = state_of_row(row, 1);
      if (!plan_says(&group->plan, sqlite3_column_int64(row, 0), i, &wallet_state))
        loading->odd = true;
      same++;
    }
    store_put(group->store, sql_states_after, row, rc_of(loading));
  }
  if (same != group->plan.state_count) loading->odd = true;
}

/*
** Debts before the plan, since lots to come pay them in it. A calm timeline has an empty plan,
** which is the common case and costs nothing.
*/
static void foresee(struct loading *loading) {
  struct group *group = loading->group;
  struct timeline *timeline = &group->timeline;
  timeline->counts_debts = !may_offset(timeline);
  for (int i = 0; i < timeline->wallet_count && !timeline->counts_debts; i++) {
    if (*rc_of(loading) == SQLITE_OK) group_read_debts(group, i);
  }
  if (*rc_of(loading) != SQLITE_OK || timeline_is_calm(timeline)) return;
  group_check(group, timeline_foresee(timeline, &group->plan), loading->usage_id);
  if (*rc_of(loading) == SQLITE_OK) compare_states(loading);
}

/* ---- loading ---- */

/*
** It stands after the usage: from_ms is the next millisecond, and what happened up to it is in the
** wallet state. Usage of the same millisecond with a larger id is charged without any event in
** between.
*/
static struct group *new_group(const struct stored_place *place, char **message, int *rc) {
  struct group *group = *rc == SQLITE_OK ? sqlite3_malloc(sizeof(*group)) : NULL;
  if (!group) {
    if (*rc == SQLITE_OK) *rc = SQLITE_NOMEM;
    return NULL;
  }
  memset(group, 0, sizeof(*group));
  group->store = place->store;
  group->catalogue = place->catalogue;
  group->from_ms = place->at_ms + 1;
  group->closed_ms = place->closed_ms;
  group->message = message;
  group->rc = rc;
  group->stays_open = true;
  group_prepare(group, &place->wallet_id, 1);
  return group;
}

/* The first loop gets longer while it runs: a lot that moves brings in the wallets it goes to. */
struct group *group_load(const struct stored_place *place, bool *late, char **message, int *rc) {
  struct loading loading = {.at_ms = place->at_ms, .usage_id = place->usage_id, .wallet_room = 1};
  struct group *group = new_group(place, message, rc);
  *late = false;
  if (!group) return NULL;
  loading.group = group;
  for (int i = 0; i < group->timeline.wallet_count && *rc == SQLITE_OK && !loading.late; i++) {
    read_wallet(&loading, i);
  }
  if (*rc == SQLITE_OK && !loading.late) {
    group_check(group, timeline_start(&group->timeline, group->from_ms), place->usage_id);
  }
  if (*rc == SQLITE_OK && !loading.late) foresee(&loading);
  *late = loading.late;
  if (*rc == SQLITE_OK && !loading.late && !loading.odd) return group;
  group_free(group);
  return NULL;
}
