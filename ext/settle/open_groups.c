/*
** An autosettled insert costs a few seeks and one entry because its group is still here from the
** insert before. Everything kept follows from what is stored, and is dropped at the first doubt:
** loading it again is always right (group_stored.c). Doubts are a new stamp (facts or the catalogue
** have changed), a commit of another connection, a rollback, and settle() opening one of the
** wallets.
*/
#include "settle/open_groups.h"

#include <string.h>

#include "facts/closed.h"
#include "settle/group_compare.h"
#include "settle/group_state.h"
#include "settle/group_stored.h"
#include "settle/late.h"
#include "store/query.h"
#include "store/txn_watch.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_holders[] =
    "SELECT DISTINCT wallet_id FROM main._billing_holding WHERE lot_id = ?1";

#define PARTS_MAX 262144 /* lots, wallets and debts of all groups; beyond that all are dropped */

/* A group that stands after usage (at_ms, usage_id); a wallet is in one at most. */
struct open_group {
  struct group *group;
  int64_t at_ms, usage_id;
  int64_t parts; /* its share of PARTS_MAX */
};

/*
** What is kept while the catalogue is the same: groups, who pays for a client, last closes. Groups
** are valid as long as nobody else has written. The data version shows another connection's commit;
** a commit of our own, which changes it too, is known from the watch, and `undone` counts
** rollbacks.
*/
struct open_groups {
  const struct catalogue *catalogue;
  int64_t stamp;
  bool any_close;
  unsigned int data_version;
  int64_t undone;    /* of the store, when the groups were good */
  struct map groups; /* by wallet: a group of several is there several times */
  struct map closes; /* by wallet: its last close, see struct last_close */
  int64_t parts;
  struct rater rater;
};

/* Memory of its own, since the map holds pointers. */
struct last_close {
  int64_t closed_ms;
};

/* ---- memory ---- */

/* A wallet may lead to a younger group by now: only places that lead to this one are emptied. */
static void drop(struct open_groups *groups, struct open_group *open) {
  const struct timeline *timeline = &open->group->timeline;
  for (int i = 0; i < timeline->wallet_count; i++) {
    void **place = map_known(&groups->groups, map_number(timeline->wallets[i].wallet_id));
    if (place && *place == open) *place = NULL;
  }
  groups->parts -= open->parts;
  group_free(open->group);
  sqlite3_free(open);
}

/* A group of several wallets is freed where its first wallet is found. */
static void drop_all(struct open_groups *groups) {
  for (int i = 0; i < groups->groups.room; i++) {
    struct map_slot *slot = &groups->groups.slots[i];
    if (slot->taken && slot->value) drop(groups, slot->value);
  }
  map_clear(&groups->groups, NULL);
  groups->parts = 0;
}

/* The rater and the closes depend on the facts, so they go when the stamp changes. */
static void forget(struct open_groups *groups) {
  drop_all(groups);
  map_clear(&groups->closes, sqlite3_free);
  rater_close(&groups->rater);
  groups->catalogue = NULL;
}

static void drop_memory(void *memory) {
  forget(memory);
  sqlite3_free(memory);
}

void open_groups_drop(struct store *store, int64_t wallet_id) {
  struct open_groups *groups = store->kept[KEPT_GROUPS].memory;
  struct open_group *open = groups ? map_find(&groups->groups, map_number(wallet_id)) : NULL;
  if (open) drop(groups, open);
}

static struct open_groups *memory_of(struct store *store, int *rc) {
  struct open_groups *groups = store->kept[KEPT_GROUPS].memory;
  if (groups) return groups;
  groups = sqlite3_malloc(sizeof(*groups));
  if (!groups) {
    *rc = SQLITE_NOMEM;
    return NULL;
  }
  store->kept[KEPT_GROUPS] = (struct kept){memset(groups, 0, sizeof(*groups)), drop_memory};
  return groups;
}

/*
** Drops the groups if somebody else has written, or something was rolled back. The watch takes part
** in the transaction from now on, so the next rollback is noticed.
*/
static void doubt(struct open_groups *groups, struct store *store, int *rc) {
  unsigned int version = data_version(store->db);
  bool same = version == groups->data_version || version == store->committed;
  txn_watch_begin(store, rc);
  groups->data_version = version;
  if (same && store->undone == groups->undone) return;
  groups->undone = store->undone;
  drop_all(groups);
}

/* The memory of this connection, emptied when facts have changed. */
static struct open_groups *groups_of(struct store *store, int64_t stamp, int *rc) {
  const struct catalogue *catalogue = catalogue_of_stamp(store, stamp, rc);
  struct open_groups *groups = catalogue ? memory_of(store, rc) : NULL;
  if (!groups) return NULL;
  if (groups->catalogue != catalogue || groups->stamp != catalogue_stamp(catalogue)) {
    forget(groups);
    rater_open(&groups->rater, store, rc);
    groups->any_close = store_ask(store, sql_closed_any, rc) != 0;
    if (*rc != SQLITE_OK) return NULL;
    groups->stamp = catalogue_stamp(catalogue);
    groups->catalogue = catalogue;
  }
  doubt(groups, store, rc);
  return *rc == SQLITE_OK ? groups : NULL;
}

/* The last close of a wallet's group, or NEVER. A close changes the stamp. */
static int64_t close_of(struct open_groups *groups, struct store *store, int64_t wallet_id,
                        int *rc) {
  struct last_close *last;
  void **place;
  if (!groups->any_close) return NEVER;
  last = map_find(&groups->closes, map_number(wallet_id));
  if (last) return last->closed_ms;
  place = map_place(&groups->closes, map_number(wallet_id), rc);
  last = place ? sqlite3_malloc(sizeof(*last)) : NULL;
  if (!last) {
    *rc = SQLITE_NOMEM;
    return NEVER;
  }
  *place = last;
  last->closed_ms = close_of_wallet(store, wallet_id, rc);
  return last->closed_ms;
}

/* ---- groups ---- */

/* Every wallet of the group leads to it. Takes the group, also when it fails: NULL. */
static struct open_group *keep(struct open_groups *groups, struct group *group, int *rc) {
  struct open_group *open = sqlite3_malloc(sizeof(*open));
  const struct timeline *timeline = &group->timeline;
  if (!open) {
    group_free(group);
    *rc = SQLITE_NOMEM;
    return NULL;
  }
  memset(open, 0, sizeof(*open));
  open->group = group;
  for (int i = 0; i < timeline->wallet_count; i++) {
    int64_t wallet_id = timeline->wallets[i].wallet_id;
    void **place;
    open_groups_drop(group->store, wallet_id); /* it knew of fewer ties */
    place = map_place(&groups->groups, map_number(wallet_id), rc);
    if (place) *place = open;
    open->parts += 1 + timeline->wallets[i].debt_count;
  }
  open->parts += timeline->lot_count;
  groups->parts += open->parts;
  if (*rc == SQLITE_OK) return open;
  drop(groups, open);
  return NULL;
}

/* The order of usage: the instant at which it counts, then usage_id. */
static bool comes_after(const struct stored_place *place, const struct open_group *open) {
  if (place->at_ms != open->at_ms) return place->at_ms > open->at_ms;
  return place->usage_id > open->usage_id;
}

static void stand_after(struct open_group *open, const struct stored_place *place) {
  open->at_ms = place->at_ms;
  open->usage_id = place->usage_id;
}

/*
** A late usage has been paid by a lot that goes on as before: the lot has less left, and if entries
** follow, that much of it counts as late (struct lot).
*/
static void shift(struct open_group *open, const struct late_payment *payment, int64_t units) {
  struct timeline *timeline = &open->group->timeline;
  for (int i = 0; i < timeline->lot_count; i++) {
    struct lot *lot = &timeline->lots[i];
    if (lot->lot_id != payment->lot_id) continue;
    lot->used += units;
    if (!payment->is_last) lot->late += units;
    if (lot->alive) timeline->wallets[lot->holder].remainder -= units;
  }
}

/* The lot is with another wallet by now, whose open group does not know of the payment. */
static void drop_holders(struct store *store, int64_t lot_id, int *rc) {
  sqlite3_stmt *row = query_open(store, sql_holders, rc, "i", lot_id);
  while (store_row(row, rc)) open_groups_drop(store, sqlite3_column_int64(row, 0));
  store_put(store, sql_holders, row, rc);
}

/* A late usage has joined the debts. */
static void owe(struct open_groups *groups, struct open_group *open, int64_t wallet_id,
                const struct debt *debt) {
  struct group *group = open->group;
  int index = group_wallet_index(group, wallet_id);
  open->parts++;
  groups->parts++;
  if (timeline_owe_late(&group->timeline, &group->plan, index, debt) != TIMELINE_OK) {
    drop(groups, open); /* without memory: the next usage loads it */
  }
}

/*
** The debt first: late_owe() says no after one seek where the wallet owes nothing. A lot that moves
** on is in groups that this one does not know, so all its holders' groups are dropped.
*/
static bool settle_late(struct open_groups *groups, struct open_group *open,
                        const struct stored_place *place, const struct group_usage *usage,
                        int *rc) {
  struct late_payment payment;
  struct debt debt;
  if (usage->class != USAGE_PRICED) return false; /* its price depends on what comes before */
  if (late_owe(place, usage, &debt, rc)) {
    if (open) owe(groups, open, place->wallet_id, &debt);
    return true;
  }
  if (!late_settle(place, usage, &payment, rc)) return false;
  if (payment.moves) {
    drop_holders(place->store, payment.lot_id, rc);
  } else if (open) {
    shift(open, &payment, usage->units);
  }
  return true;
}

/*
** True when the group could take it. Otherwise it is dropped, as the timeline may be half way;
** settle() then writes the story from the usage's instant on.
*/
static bool settle_last(struct open_groups *groups, struct open_group *open,
                        const struct stored_place *place, const struct group_usage *usage,
                        char **message, int *rc) {
  struct group *group = open->group;
  bool done = group_insert(group, usage, message, rc);
  if (!done || *rc != SQLITE_OK) {
    drop(groups, open);
    return done;
  }
  stand_after(open, place);
  if (group->timeline.wallets[group_wallet_index(group, usage->wallet_id)].debt_count > 0) {
    open->parts++;
    groups->parts++;
  }
  return true;
}

/*
** A group kept open stands where one that is loaded now stands; anything else is a mistake of ours.
*/
/* NOLINTNEXTLINE(readability-non-const-parameter): the debug build writes to them */
static void check_kept(struct open_group *open, const struct stored_place *place, char **message,
                       int *rc) { /* NOLINT(readability-non-const-parameter) */
#ifdef BILLING_CHECK_GROUPS
  struct stored_place here = *place;
  struct group *fresh;
  bool late;
  here.at_ms = open->at_ms;
  here.usage_id = open->usage_id;
  fresh = group_load(&here, &late, message, rc);
  if (*rc == SQLITE_OK && (!fresh || !group_same(open->group, fresh))) {
    *message = sqlite3_mprintf("settle: a group kept open is not what is stored, wallet %lld, %s",
                               (long long)place->wallet_id, "report it");
    *rc = SQLITE_INTERNAL;
  }
  group_free(fresh);
#else
  (void)open;
  (void)place;
  (void)message;
  (void)rc;
#endif
}

/*
** Memory is bounded by dropping all groups at once: the next inserts load theirs again, one by one,
** and no order of use has to be kept.
*/
static bool settle_charged(struct open_groups *groups, const struct stored_place *place,
                           const struct group_usage *usage, char **message, int *rc) {
  struct open_group *open = map_find(&groups->groups, map_number(place->wallet_id));
  struct group *group;
  bool late;
  if (open) check_kept(open, place, message, rc);
  if (*rc != SQLITE_OK) return true;
  if (open && !comes_after(place, open)) return settle_late(groups, open, place, usage, rc);
  if (!open) {
    if (groups->parts >= PARTS_MAX) drop_all(groups);
    group = group_load(place, &late, message, rc);
    if (late && *rc == SQLITE_OK) return settle_late(groups, NULL, place, usage, rc);
    open = group ? keep(groups, group, rc) : NULL;
  }
  return open && settle_last(groups, open, place, usage, message, rc);
}

/* ---- one usage ---- */

/*
** Usage that costs nothing is only listed, whatever is stored after it. Metered usage goes through
** the group, since its price depends on what came before.
*/
static bool settle_rated(struct open_groups *groups, struct store *store,
                         const struct rated_usage *rated, char **message, int *rc) {
  struct group_usage usage = {rated->wallet_id, rated->at_ms,     rated->usage_id,
                              rated->units,     rated->api_index, rated->class};
  struct stored_place place = {store, groups->catalogue, rated->wallet_id, 0, rated->usage_id, 0};
  if (rated->class == USAGE_UNRATED || rated->class == USAGE_UNASSIGNED) {
    write_unrated(store, rated->usage_id, rated->class, rc);
    return true;
  }
  place.closed_ms = close_of(groups, store, rated->wallet_id, rc);
  place.at_ms = group_counts_at(rated->at_ms, place.closed_ms);
  if (*rc != SQLITE_OK) return false;
  if (rated->class == USAGE_PRICED || rated->class == USAGE_METERED) {
    return settle_charged(groups, &place, &usage, message, rc);
  }
  write_free(store, rated->wallet_id, place.at_ms, rated->usage_id, rated->class, rc);
  return true;
}

bool open_groups_settle(struct store *store, int64_t stamp, const struct usage_fields *usage,
                        char **message, int *rc) {
  struct open_groups *groups = groups_of(store, stamp, rc);
  struct rated_usage rated;
  if (!groups) return false;
  rater_rate(&groups->rater, usage, &rated, rc);
  if (*rc == SQLITE_CONSTRAINT) {
    *rc = SQLITE_OK; /* settle() rates it again, and explains */
    return false;
  }
  if (*rc != SQLITE_OK) return false; /* the transaction may be rolled back */
  return settle_rated(groups, store, &rated, message, rc);
}
