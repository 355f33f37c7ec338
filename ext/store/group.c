#include "store/group.h"

#include <string.h>

#include "core/timeline.h"
#include "core/units.h"
#include "store/meter.h"
#include "store/rater.h"

SQLITE_EXTENSION_INIT3

#define FOREVER INT64_MAX

/* A lot as the closed period knows it, and where it was held. */
struct closed_stay {
  int64_t lot_id, start_ms, end_ms;
  int64_t wallet_id, from_ms;
};

struct group {
  struct store *store;
  const struct catalogue *catalogue;
  int64_t from_ms, closed_ms;
  struct timeline timeline;
  int lot_room, event_room;
  struct closed_stay *closed; /* stays that began before closed_ms */
  int closed_count, closed_room;
  struct meter_book meters;
  sqlite3_stmt *entry_add, *debt_set, *standing_set;
  int64_t *settled;
  char **message;
  int *rc;
};

static void *resize(void *memory, uint64_t bytes) {
  if (bytes > 0) return sqlite3_realloc64(memory, bytes);
  sqlite3_free(memory);
  return NULL;
}

static void bind_optional(sqlite3_stmt *statement, int index, int64_t value) {
  if (value == NEVER) {
    sqlite3_bind_null(statement, index);
  } else {
    sqlite3_bind_int64(statement, index, value);
  }
}

static int64_t column_or(sqlite3_stmt *row, int column, int64_t otherwise) {
  return sqlite3_column_type(row, column) == SQLITE_NULL ? otherwise
                                                         : sqlite3_column_int64(row, column);
}

/* ---- the sink: results go to tables ---- */

static bool step_write(struct group *group, sqlite3_stmt *statement) {
  sqlite3_step(statement);
  *group->rc = sqlite3_reset(statement);
  return *group->rc == SQLITE_OK;
}

static bool write_entry(void *context, const struct entry *entry) {
  struct group *group = context;
  sqlite3_stmt *add = group->entry_add;
  sqlite3_bind_int64(add, 1, entry->lot_id);
  sqlite3_bind_int64(add, 2, entry->charged_ms);
  sqlite3_bind_int64(add, 3, entry->lot_used);
  sqlite3_bind_int64(add, 4, entry->usage_id);
  sqlite3_bind_int64(add, 5, entry->units);
  sqlite3_bind_int(add, 6, entry->part);
  sqlite3_bind_int(add, 7, entry->is_offset);
  return step_write(group, add);
}

static bool write_debt(void *context, int64_t wallet_id, const struct debt *debt,
                       int64_t since_ms) {
  struct group *group = context;
  sqlite3_stmt *set = group->debt_set;
  sqlite3_bind_int64(set, 1, wallet_id);
  sqlite3_bind_int64(set, 2, debt->at_ms);
  sqlite3_bind_int64(set, 3, debt->usage_id);
  sqlite3_bind_int64(set, 4, since_ms);
  sqlite3_bind_int64(set, 5, debt->owed);
  sqlite3_bind_int64(set, 6, debt->rated);
  sqlite3_bind_int(set, 7, debt->parts);
  if (debt->at_ms < group->from_ms && debt->owed == 0) ++*group->settled; /* an earlier usage */
  return step_write(group, set);
}

static bool write_standing(void *context, int64_t wallet_id, const struct standing *standing,
                           int64_t at_ms) {
  struct group *group = context;
  sqlite3_stmt *set = group->standing_set;
  sqlite3_bind_int64(set, 1, wallet_id);
  sqlite3_bind_int64(set, 2, at_ms);
  sqlite3_bind_int64(set, 3, standing->debt);
  bind_optional(set, 4, standing->negative_since);
  bind_optional(set, 5, standing->blocked_since);
  return step_write(group, set);
}

static void *grow(struct group *group, void *memory, int count, int *room, size_t size) {
  int wanted = *room ? *room * 2 : 16;
  void *grown;
  if (count < *room) return memory;
  grown = sqlite3_realloc64(memory, (uint64_t)wanted * size);
  if (!grown) {
    *group->rc = SQLITE_NOMEM;
    return memory;
  }
  *room = wanted;
  return grown;
}

/* ---- closed periods ---- */

static void read_closed_wallet(struct group *group, int64_t wallet_id) {
  sqlite3_stmt *row = store_take(group->store, CLOSED_STAYS, group->rc);
  if (row) {
    sqlite3_bind_int64(row, 1, wallet_id);
    sqlite3_bind_int64(row, 2, group->closed_ms);
  }
  while (store_row(row, group->rc)) {
    struct closed_stay *stay;
    group->closed = grow(group, group->closed, group->closed_count, &group->closed_room,
                         sizeof(*stay));
    if (*group->rc != SQLITE_OK) break;
    stay = &group->closed[group->closed_count++];
    stay->wallet_id = wallet_id;
    stay->lot_id = sqlite3_column_int64(row, 0);
    stay->from_ms = sqlite3_column_int64(row, 1);
    stay->start_ms = sqlite3_column_int64(row, 2);
    stay->end_ms = sqlite3_column_int64(row, 3);
  }
  store_put(group->store, CLOSED_STAYS, row, group->rc);
}

static const struct closed_stay *closed_lot(const struct group *group, int64_t lot_id) {
  for (int i = 0; i < group->closed_count; i++) {
    if (group->closed[i].lot_id == lot_id) return &group->closed[i];
  }
  return NULL;
}

/* What the closed period says of a lot's life stands; what it does not know yet begins at its end. */
static void apply_close(const struct group *group, struct lot *lot) {
  const struct closed_stay *known = closed_lot(group, lot->lot_id);
  if (group->closed_ms == NEVER) return;
  if (!known || known->start_ms >= group->closed_ms) {
    if (lot->start_ms < group->closed_ms) lot->start_ms = group->closed_ms;
    return;
  }
  lot->start_ms = known->start_ms;
  if (known->end_ms < group->closed_ms) {
    lot->end_ms = known->end_ms;
  } else if (lot->end_ms < group->closed_ms) {
    lot->end_ms = group->closed_ms;
  }
}

/* The instant at which a move counts. */
static int64_t move_counts_at(const struct group *group, int64_t lot_id, int64_t wallet_id,
                              int64_t moved_ms) {
  if (group->closed_ms == NEVER || moved_ms >= group->closed_ms) return moved_ms;
  for (int i = 0; i < group->closed_count; i++) {
    const struct closed_stay *stay = &group->closed[i];
    if (stay->lot_id == lot_id && stay->wallet_id == wallet_id && stay->from_ms == moved_ms) {
      return moved_ms;
    }
  }
  return group->closed_ms;
}

/* ---- taking back ---- */

static void run_for(struct group *group, enum statement_id id, int64_t key) {
  sqlite3_stmt *statement = store_take(group->store, id, group->rc);
  if (statement) {
    sqlite3_bind_int64(statement, 1, key);
    if (sqlite3_bind_parameter_count(statement) > 1) {
      sqlite3_bind_int64(statement, 2, group->from_ms);
    }
  }
  store_run(group->store, id, statement, group->rc);
}

static void take_back_wallet(struct group *group, int64_t wallet_id) {
  sqlite3_stmt *lots = store_take(group->store, STORED_LOTS, group->rc);
  if (lots) sqlite3_bind_int64(lots, 1, wallet_id);
  while (store_row(lots, group->rc)) {
    int64_t lot_id = sqlite3_column_int64(lots, 0);
    run_for(group, DROP_ENTRIES, lot_id);
    run_for(group, DROP_LOT, lot_id);
  }
  store_put(group->store, STORED_LOTS, lots, group->rc);
  run_for(group, DROP_STAYS, wallet_id);
  run_for(group, DROP_DEBTS, wallet_id);
  run_for(group, DROP_STANDING, wallet_id);
  run_for(group, DROP_FREE, wallet_id);
  run_for(group, DROP_METER, wallet_id);
}

/* ---- lots ---- */

/* The end of the unbroken subscription that a purchase falls in or comes before (Q32). */
static int64_t subscription_end(struct group *group, sqlite3_value *account_id,
                                int64_t purchased_ms) {
  sqlite3_stmt *row = store_take(group->store, SUBSCRIPTIONS, group->rc);
  int64_t end = NEVER;
  if (row) sqlite3_bind_value(row, 1, account_id);
  while (store_row(row, group->rc)) {
    int64_t starts = sqlite3_column_int64(row, 0);
    int64_t ends = sqlite3_column_int64(row, 1);
    if (end != NEVER && starts > end && end > purchased_ms) break;
    if (end == NEVER || ends > end) end = ends;
  }
  store_put(group->store, SUBSCRIPTIONS, row, group->rc);
  return end > purchased_ms ? end : FOREVER;
}

static bool is_kind(struct group *group, struct lot *lot, struct text name) {
  return lot->kind >= 0 && catalogue_kind(group->catalogue, name) == lot->kind;
}

/* Market rules of the buyer's country (D24, D33, D34); columns as in LOTS_OF_WALLET. */
static void apply_country(struct group *group, sqlite3_stmt *row, struct lot *lot) {
  const struct policies *policies = catalogue_policies(group->catalogue);
  bool ruled = sqlite3_column_int(row, 7) != 0;
  bool flex_sold = sqlite3_column_type(row, 8) != SQLITE_NULL;
  int64_t flex_from = sqlite3_column_int64(row, 8);
  if (!ruled) return;
  if (is_kind(group, lot, policies->flex_kind)) {
    if (!flex_sold) {
      lot->start_ms = FOREVER;
    } else if (lot->start_ms < flex_from) {
      lot->start_ms = flex_from;
    }
  } else if (!flex_sold && is_kind(group, lot, policies->credit_kind)) {
    int64_t end = subscription_end(group, sqlite3_column_value(row, 6), lot->purchased_ms);
    if (end < lot->end_ms) lot->end_ms = end;
  }
}

static void add_event(struct group *group, enum event_type type, int64_t at_ms, int lot,
                      int wallet) {
  struct timeline *timeline = &group->timeline;
  struct event *event;
  timeline->events = grow(group, timeline->events, timeline->event_count, &group->event_room,
                          sizeof(*event));
  if (*group->rc != SQLITE_OK) return;
  event = &timeline->events[timeline->event_count++];
  event->at_ms = at_ms;
  event->type = type;
  event->lot = lot;
  event->wallet = wallet;
  event->order = timeline->event_count;
}

static int wallet_index(const struct group *group, int64_t wallet_id) {
  for (int i = 0; i < group->timeline.wallet_count; i++) {
    if (group->timeline.wallets[i].wallet_id == wallet_id) return i;
  }
  return -1;
}

static void write_stay(struct group *group, int64_t wallet_id, int64_t lot_id, int64_t from_ms,
                       int64_t to_ms) {
  sqlite3_stmt *add;
  if (from_ms >= to_ms) return;
  add = store_take(group->store, STAY_ADD, group->rc);
  if (add) {
    sqlite3_bind_int64(add, 1, wallet_id);
    sqlite3_bind_int64(add, 2, lot_id);
    sqlite3_bind_int64(add, 3, from_ms);
    sqlite3_bind_int64(add, 4, to_ms);
  }
  store_run(group->store, STAY_ADD, add, group->rc);
}

/* The moves of a lot become events and stays. */
static void read_moves(struct group *group, int lot_index) {
  const struct lot *lot = &group->timeline.lots[lot_index];
  int64_t holder = group->timeline.wallets[lot->holder].wallet_id;
  int64_t since = lot->purchased_ms;
  sqlite3_stmt *row = store_take(group->store, MOVES_OF_LOT, group->rc);
  if (row) sqlite3_bind_int64(row, 1, lot->lot_id);
  while (store_row(row, group->rc)) {
    int64_t to = sqlite3_column_int64(row, 1);
    int64_t moved_ms =
        move_counts_at(group, lot->lot_id, to, sqlite3_column_int64(row, 0));
    if (to == holder) continue;
    write_stay(group, holder, lot->lot_id, since, moved_ms);
    add_event(group, EVENT_MOVE, moved_ms, lot_index, wallet_index(group, to));
    holder = to;
    since = moved_ms;
  }
  store_put(group->store, MOVES_OF_LOT, row, group->rc);
  write_stay(group, holder, lot->lot_id, since, FOREVER);
}

static void write_lot(struct group *group, sqlite3_stmt *fact, const struct lot *lot) {
  sqlite3_stmt *add = store_take(group->store, SETTLED_LOT_ADD, group->rc);
  if (add) {
    sqlite3_bind_int64(add, 1, lot->lot_id);
    sqlite3_bind_value(add, 2, sqlite3_column_value(fact, 1));
    sqlite3_bind_int64(add, 3, lot->units);
    sqlite3_bind_int64(add, 4, lot->purchased_ms);
    sqlite3_bind_int64(add, 5, lot->expires_ms);
    sqlite3_bind_value(add, 6, sqlite3_column_value(fact, 5));
    sqlite3_bind_int64(add, 7, lot->start_ms);
    sqlite3_bind_int64(add, 8, lot->end_ms);
  }
  store_run(group->store, SETTLED_LOT_ADD, add, group->rc);
}

static int64_t used_before(struct group *group, int64_t lot_id) {
  sqlite3_stmt *row = store_take(group->store, LOT_USED, group->rc);
  int64_t used = 0;
  if (row) {
    sqlite3_bind_int64(row, 1, lot_id);
    sqlite3_bind_int64(row, 2, group->from_ms);
  }
  if (store_row(row, group->rc)) used = sqlite3_column_int64(row, 0);
  store_put(group->store, LOT_USED, row, group->rc);
  return used;
}

/* One row of LOTS_OF_WALLET. */
static void read_lot(struct group *group, sqlite3_stmt *row, int holder) {
  struct timeline *timeline = &group->timeline;
  struct text kind = {(const char *)sqlite3_column_text(row, 1), sqlite3_column_bytes(row, 1)};
  const struct kind *kinds;
  struct lot *lot;
  int kind_count, index = timeline->lot_count;
  timeline->lots = grow(group, timeline->lots, index, &group->lot_room, sizeof(*lot));
  if (*group->rc != SQLITE_OK) return;
  lot = memset(&timeline->lots[index], 0, sizeof(*lot));
  lot->lot_id = sqlite3_column_int64(row, 0);
  lot->kind = catalogue_kind(group->catalogue, kind);
  kinds = catalogue_kinds(group->catalogue, &kind_count);
  if (lot->kind < 0 || !units_from_tokens(sqlite3_column_double(row, 2), &lot->units)) {
    *group->message = sqlite3_mprintf("token_lot: unknown kind or bad amount, lot %lld,"
                                      " correct the row", (long long)lot->lot_id);
    *group->rc = SQLITE_CONSTRAINT;
    return;
  }
  lot->rank = kinds[lot->kind].rank;
  lot->purchased_ms = lot->start_ms = sqlite3_column_int64(row, 3);
  lot->expires_ms = lot->end_ms = sqlite3_column_int64(row, 4);
  if (column_or(row, 5, FOREVER) < lot->end_ms) lot->end_ms = sqlite3_column_int64(row, 5);
  lot->holder = holder;
  apply_country(group, row, lot);
  apply_close(group, lot);
  lot->used = used_before(group, lot->lot_id);
  timeline->lot_count++;
  write_lot(group, row, lot);
  read_moves(group, index);
  if (lot->start_ms < lot->end_ms) {
    add_event(group, EVENT_START, lot->start_ms, index, -1);
    add_event(group, EVENT_END, lot->end_ms, index, -1);
  }
}

static void read_lots(struct group *group, int holder) {
  struct text term = catalogue_policies(group->catalogue)->lot_term;
  sqlite3_stmt *row = store_take(group->store, LOTS_OF_WALLET, group->rc);
  if (row) {
    sqlite3_bind_int64(row, 1, group->timeline.wallets[holder].wallet_id);
    sqlite3_bind_text(row, 2, term.bytes, term.size, SQLITE_STATIC);
  }
  while (store_row(row, group->rc)) read_lot(group, row, holder);
  store_put(group->store, LOTS_OF_WALLET, row, group->rc);
}

/* ---- wallets ---- */

static void read_standing(struct group *group, struct wallet *wallet) {
  sqlite3_stmt *row = store_take(group->store, STANDING_AT, group->rc);
  if (row) {
    sqlite3_bind_int64(row, 1, wallet->wallet_id);
    sqlite3_bind_int64(row, 2, group->from_ms - 1);
  }
  wallet->standing.negative_since = wallet->standing.blocked_since = NEVER;
  if (store_row(row, group->rc)) {
    wallet->standing.debt = sqlite3_column_int64(row, 0);
    wallet->standing.negative_since = column_or(row, 1, NEVER);
    wallet->standing.blocked_since = column_or(row, 2, NEVER);
  }
  store_put(group->store, STANDING_AT, row, group->rc);
}

/*
** Unblock rows become events. One that came after the block and before the start has not lifted it
** yet: it still counts, from the start on (Q21).
*/
static void read_unblocks(struct group *group, int index) {
  const struct wallet *wallet = &group->timeline.wallets[index];
  int64_t blocked_since = wallet->standing.blocked_since;
  sqlite3_stmt *row = store_take(group->store, UNBLOCKS, group->rc);
  if (row) sqlite3_bind_int64(row, 1, wallet->wallet_id);
  while (store_row(row, group->rc)) {
    int64_t at_ms = sqlite3_column_int64(row, 0);
    if (at_ms < group->from_ms && (blocked_since == NEVER || at_ms < blocked_since)) continue;
    add_event(group, EVENT_UNBLOCK, at_ms < group->from_ms ? group->from_ms : at_ms, -1, index);
  }
  store_put(group->store, UNBLOCKS, row, group->rc);
}

static void drop_debt_steps(struct group *group, int64_t wallet_id, const struct debt *debt) {
  sqlite3_stmt *drop = store_take(group->store, DROP_DEBT_STEPS, group->rc);
  if (drop) {
    sqlite3_bind_int64(drop, 1, wallet_id);
    sqlite3_bind_int64(drop, 2, debt->at_ms);
    sqlite3_bind_int64(drop, 3, debt->usage_id);
    sqlite3_bind_int64(drop, 4, group->from_ms);
  }
  store_run(group->store, DROP_DEBT_STEPS, drop, group->rc);
}

static void load_debt(struct group *group, int index, sqlite3_stmt *row) {
  static const struct text no_sku = {NULL, -1};
  struct debt debt;
  struct text api = {(const char *)sqlite3_column_text(row, 7), sqlite3_column_bytes(row, 7)};
  const struct tariff *tariff;
  debt.at_ms = sqlite3_column_int64(row, 0);
  debt.usage_id = sqlite3_column_int64(row, 1);
  debt.owed = sqlite3_column_int64(row, 3);
  debt.rated = sqlite3_column_int64(row, 4);
  debt.parts = sqlite3_column_int(row, 5);
  debt.occurred_ms = column_or(row, 6, debt.at_ms);
  tariff = api.bytes ? catalogue_tariff(group->catalogue, api, no_sku) : NULL;
  debt.api = tariff ? tariff->api_index : 0;
  if (timeline_load_debt(&group->timeline, index, &debt) != TIMELINE_OK) *group->rc = SQLITE_NOMEM;
}

/*
** The debts that are open just before the start, found by walking back until they add up to what the
** standing says. Steps at or after the start are taken back. Statement order: newest usage first, of
** each usage the newest step first.
*/
static void read_debts(struct group *group, int index) {
  const struct wallet *wallet = &group->timeline.wallets[index];
  int64_t missing = wallet->standing.debt;
  int64_t done_ms = NEVER, done_usage = 0;
  sqlite3_stmt *row = missing > 0 ? store_take(group->store, DEBTS_BACKWARD, group->rc) : NULL;
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
    load_debt(group, index, row);
  }
  store_put(group->store, DEBTS_BACKWARD, row, group->rc);
  for (int i = 0; i < wallet->debt_count; i++) {
    drop_debt_steps(group, wallet->wallet_id, &wallet->debts[i]);
  }
}

/* ---- usage ---- */

static void write_free(struct group *group, sqlite3_stmt *row, int64_t at_ms,
                       enum usage_class class) {
  sqlite3_stmt *add = store_take(group->store, FREE_ADD, group->rc);
  if (add) {
    sqlite3_bind_value(add, 1, sqlite3_column_value(row, 0));
    sqlite3_bind_int64(add, 2, at_ms);
    sqlite3_bind_value(add, 3, sqlite3_column_value(row, 2));
    sqlite3_bind_text(add, 4, usage_class_name(class), -1, SQLITE_STATIC);
  }
  store_run(group->store, FREE_ADD, add, group->rc);
}

static void check(struct group *group, enum timeline_result result, int64_t usage_id) {
  if (result == TIMELINE_NO_MEMORY && *group->rc == SQLITE_OK) *group->rc = SQLITE_NOMEM;
  if (result == TIMELINE_OVERFLOW && *group->rc == SQLITE_OK) {
    *group->message = sqlite3_mprintf("settle: a sum of units does not fit 64 bits, at usage %lld,"
                                      " correct the amounts", (long long)usage_id);
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
  check(group, TIMELINE_OVERFLOW, usage->usage_id);
  return false;
}

/* One row of SETTLING_OF_… . */
static void settle_row(struct group *group, sqlite3_stmt *row) {
  int64_t wallet_id = sqlite3_column_int64(row, 0);
  int64_t occurred_ms = sqlite3_column_int64(row, 1);
  enum usage_class class = (enum usage_class)sqlite3_column_int(row, 5);
  struct debt usage;
  memset(&usage, 0, sizeof(usage));
  usage.occurred_ms = occurred_ms;
  usage.at_ms = occurred_ms < group->closed_ms ? group->closed_ms : occurred_ms;
  usage.usage_id = sqlite3_column_int64(row, 2);
  usage.owed = usage.rated = sqlite3_column_int64(row, 3);
  usage.api = sqlite3_column_int(row, 4);
  if (class == USAGE_METERED) {
    if (!price_metered(group, wallet_id, &usage)) return;
    class = usage.owed > 0 ? USAGE_PRICED : USAGE_FREE;
  }
  if (class != USAGE_PRICED) {
    write_free(group, row, usage.at_ms, class);
  } else {
    check(group, timeline_usage(&group->timeline, wallet_index(group, wallet_id), &usage),
          usage.usage_id);
  }
}

static char *list_wallets(const struct group *group) {
  sqlite3_str *list = sqlite3_str_new(group->store->db);
  for (int i = 0; i < group->timeline.wallet_count; i++) {
    sqlite3_str_appendf(list, "%c%lld", i ? ',' : '[',
                        (long long)group->timeline.wallets[i].wallet_id);
  }
  sqlite3_str_appendall(list, "]");
  return sqlite3_str_finish(list);
}

/* In the order of the instants at which usage counts; only one wallet without closes needs no sort. */
static void settle_rows(struct group *group) {
  bool plain = group->timeline.wallet_count == 1 && group->closed_ms == NEVER;
  enum statement_id id = plain ? SETTLING_OF_WALLET : SETTLING_OF_GROUP;
  sqlite3_stmt *row = store_take(group->store, id, group->rc);
  if (row && plain) {
    sqlite3_bind_int64(row, 1, group->timeline.wallets[0].wallet_id);
  } else if (row) {
    sqlite3_bind_text(row, 1, list_wallets(group), -1, sqlite3_free);
    sqlite3_bind_int64(row, 2, group->closed_ms);
  }
  while (store_row(row, group->rc)) {
    settle_row(group, row);
    ++*group->settled;
    if (group->store->progress && *group->settled % PROGRESS_STEP == 0) {
      store_progress(*group->settled);
    }
  }
  store_put(group->store, id, row, group->rc);
}

/* ---- all of it ---- */

static void open_group(struct group *group, const int64_t *wallet_ids, int count) {
  struct timeline *timeline = &group->timeline;
  const struct policies *policies = catalogue_policies(group->catalogue);
  timeline->wallets = sqlite3_malloc64((uint64_t)count * sizeof(*timeline->wallets));
  if (!timeline->wallets) {
    *group->rc = SQLITE_NOMEM;
    return;
  }
  memset(timeline->wallets, 0, (size_t)count * sizeof(*timeline->wallets));
  timeline->wallet_count = count;
  for (int i = 0; i < count; i++) timeline->wallets[i].wallet_id = wallet_ids[i];
  timeline->grace_ms = policies->grace_ms;
  timeline->restore_auto = policies->restore_auto;
  timeline->pays = catalogue_pays(group->catalogue, &timeline->api_count);
  timeline->resize = resize;
  group->meters = (struct meter_book){group->store, group->catalogue, group->from_ms, NULL, 0, 0};
  timeline->sink.context = group;
  timeline->sink.entry = write_entry;
  timeline->sink.debt = write_debt;
  timeline->sink.standing = write_standing;
  group->entry_add = store_take(group->store, ENTRY_ADD, group->rc);
  group->debt_set = store_take(group->store, DEBT_SET, group->rc);
  group->standing_set = store_take(group->store, STANDING_SET, group->rc);
}

static void close_group(struct group *group) {
  store_put(group->store, ENTRY_ADD, group->entry_add, group->rc);
  store_put(group->store, DEBT_SET, group->debt_set, group->rc);
  store_put(group->store, STANDING_SET, group->standing_set, group->rc);
  meter_close(&group->meters);
  timeline_free(&group->timeline);
  sqlite3_free(group->timeline.wallets);
  sqlite3_free(group->timeline.lots);
  sqlite3_free(group->timeline.events);
  sqlite3_free(group->closed);
}

void group_settle(struct store *store, const struct catalogue *catalogue,
                  const int64_t *wallet_ids, int count, int64_t from_ms, int64_t closed_ms,
                  int64_t *settled, char **message, int *rc) {
  struct group group;
  if (*rc != SQLITE_OK) return;
  memset(&group, 0, sizeof(group));
  group.store = store;
  group.catalogue = catalogue;
  group.from_ms = from_ms;
  group.closed_ms = closed_ms;
  group.settled = settled;
  group.message = message;
  group.rc = rc;
  open_group(&group, wallet_ids, count);
  for (int i = 0; i < count && closed_ms != NEVER; i++) read_closed_wallet(&group, wallet_ids[i]);
  for (int i = 0; i < count; i++) take_back_wallet(&group, wallet_ids[i]);
  for (int i = 0; i < count && *rc == SQLITE_OK; i++) {
    read_standing(&group, &group.timeline.wallets[i]);
    read_lots(&group, i);
    read_unblocks(&group, i);
  }
  if (*rc == SQLITE_OK) check(&group, timeline_start(&group.timeline, from_ms), 0);
  for (int i = 0; i < count && *rc == SQLITE_OK; i++) read_debts(&group, i);
  if (*rc == SQLITE_OK) settle_rows(&group);
  if (*rc == SQLITE_OK) check(&group, timeline_finish(&group.timeline), 0);
  close_group(&group);
}
