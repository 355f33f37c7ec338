#include "quick.h"

#include <stdlib.h>
#include <string.h>

#include "core/timeline.h"
#include "core/units.h"
#include "store/access.h"

SQLITE_EXTENSION_INIT3

#define FOREVER INT64_MAX
#define PURSES_MAX 16384 /* beyond that all are forgotten and read again: bounded memory */
#define LOTS_MAX 64      /* that matter for one usage; a wallet with more goes the general way */

/* The lots of a wallet in draw order. They change only with facts, and so with the stamp. */
struct purse {
  int64_t wallet_id;
  bool simple; /* no lot has ever moved in or out, and there are not too many */
  int count;
  struct lot lots[];
};

/* What is remembered as long as the catalogue is the same. */
struct quick {
  const struct catalogue *catalogue;
  int64_t stamp;
  bool any_close;
  struct rater rater;
  struct purse **purses; /* hash table */
  int count, room;
};

/* Where the lots that matter stand now: those that end after the usage. */
struct state {
  const struct lot *lots[LOTS_MAX];
  int64_t left[LOTS_MAX]; /* INT64_MAX: not alive yet */
  int count;
  int64_t remainder; /* of the alive ones */
  bool later_lots;   /* one is still to come */
  struct standing standing;
};

/* ---- memory ---- */

static void forget_purses(struct quick *quick) {
  for (int i = 0; i < quick->room; i++) sqlite3_free(quick->purses[i]);
  sqlite3_free(quick->purses);
  quick->purses = NULL;
  quick->count = quick->room = 0;
}

static void forget(struct quick *quick) {
  forget_purses(quick);
  rater_close(&quick->rater);
}

void quick_free(struct quick *quick) {
  if (!quick) return;
  forget(quick);
  sqlite3_free(quick);
}

static bool any_close(struct store *store, int *rc) {
  sqlite3_stmt *row = store_take(store, CLOSED_ANY, rc);
  bool any = store_row(row, rc) && sqlite3_column_int(row, 0) != 0;
  store_put(store, CLOSED_ANY, row, rc);
  return any;
}

/* The memory of this connection, emptied when facts have changed. */
static struct quick *quick_get(struct store *store, int *rc) {
  const struct catalogue *catalogue = catalogue_get(store, rc);
  struct quick *quick = store->quick;
  if (!catalogue) return NULL;
  if (!quick) {
    quick = sqlite3_malloc(sizeof(*quick));
    if (!quick) {
      *rc = SQLITE_NOMEM;
      return NULL;
    }
    store->quick = memset(quick, 0, sizeof(*quick));
    store->free_quick = quick_free;
  }
  if (!quick->catalogue || quick->stamp != catalogue_stamp(catalogue) ||
      quick->catalogue != catalogue) {
    forget(quick);
    quick->catalogue = NULL;
    rater_open(&quick->rater, store, rc);
    quick->any_close = any_close(store, rc);
    if (*rc != SQLITE_OK) return NULL;
    quick->stamp = catalogue_stamp(catalogue);
    quick->catalogue = catalogue;
  }
  return quick;
}

/* ---- purses ---- */

static int compare_lots(const void *left, const void *right) {
  return lot_compare(left, right);
}

/* One row of PURSE_LOTS; false: not simple. */
static bool read_lot(const struct quick *quick, sqlite3_stmt *row, struct lot *lot) {
  const struct kind *kinds;
  int count;
  kinds = catalogue_kinds(quick->catalogue, &count);
  memset(lot, 0, sizeof(*lot));
  lot->kind = catalogue_kind(quick->catalogue, text_of_column(row, 1));
  if (lot->kind < 0) return false;
  lot->lot_id = sqlite3_column_int64(row, 0);
  lot->rank = kinds[lot->kind].rank;
  lot->units = sqlite3_column_int64(row, 2);
  lot->purchased_ms = sqlite3_column_int64(row, 3);
  lot->expires_ms = sqlite3_column_int64(row, 4);
  lot->start_ms = sqlite3_column_int64(row, 5);
  lot->end_ms = sqlite3_column_int64(row, 6);
  return sqlite3_column_int64(row, 7) == lot->purchased_ms &&
         sqlite3_column_int64(row, 8) == FOREVER;
}

/* The lots of a wallet that are ever alive, in draw order; false: not simple. */
static bool read_lots(const struct quick *quick, struct store *store, int64_t wallet_id,
                      struct lot *lots, int *count, int *rc) {
  sqlite3_stmt *row = store_take(store, PURSE_LOTS, rc);
  bool simple = true;
  *count = 0;
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  while (simple && store_row(row, rc)) {
    simple = *count < LOTS_MAX && read_lot(quick, row, &lots[*count]);
    if (simple && lots[*count].start_ms < lots[*count].end_ms) ++*count;
  }
  store_put(store, PURSE_LOTS, row, rc);
  if (*count > 1) qsort(lots, (size_t)*count, sizeof(*lots), compare_lots);
  return simple;
}

static struct purse *read_purse(const struct quick *quick, struct store *store, int64_t wallet_id,
                                int *rc) {
  struct lot lots[LOTS_MAX];
  struct purse *purse;
  int count;
  bool simple = read_lots(quick, store, wallet_id, lots, &count, rc);
  if (*rc != SQLITE_OK) return NULL;
  purse = sqlite3_malloc64(sizeof(*purse) + (uint64_t)count * sizeof(*lots));
  if (!purse) {
    *rc = SQLITE_NOMEM;
    return NULL;
  }
  purse->wallet_id = wallet_id;
  purse->simple = simple;
  purse->count = count;
  memcpy(purse->lots, lots, (size_t)count * sizeof(*lots));
  return purse;
}

static int purse_slot(const struct quick *quick, int64_t wallet_id) {
  int slot = (int)((uint64_t)wallet_id * UINT64_C(0x9E3779B97F4A7C15) >> 40) & (quick->room - 1);
  while (quick->purses[slot] && quick->purses[slot]->wallet_id != wallet_id) {
    slot = (slot + 1) & (quick->room - 1);
  }
  return slot;
}

static void grow_purses(struct quick *quick, int *rc) {
  struct purse **old = quick->purses;
  int old_room = quick->room, room = old_room ? old_room * 2 : 16;
  struct purse **grown = sqlite3_malloc64((uint64_t)room * sizeof(*grown));
  if (!grown) {
    *rc = SQLITE_NOMEM;
    return;
  }
  quick->purses = memset(grown, 0, (size_t)room * sizeof(*grown));
  quick->room = room;
  for (int i = 0; i < old_room; i++) {
    if (old[i]) grown[purse_slot(quick, old[i]->wallet_id)] = old[i];
  }
  sqlite3_free(old);
}

static const struct purse *find_purse(struct quick *quick, struct store *store, int64_t wallet_id,
                                      int *rc) {
  int slot;
  if (quick->count >= PURSES_MAX) forget_purses(quick);
  if (quick->count * 4 >= quick->room * 3) grow_purses(quick, rc);
  if (*rc != SQLITE_OK) return NULL;
  slot = purse_slot(quick, wallet_id);
  if (!quick->purses[slot]) {
    quick->purses[slot] = read_purse(quick, store, wallet_id, rc);
    if (quick->purses[slot]) quick->count++;
  }
  return quick->purses[slot];
}

/* ---- state ---- */

/* False: something is stored at or after the usage, so it is not the latest. */
static bool read_last_standing(struct store *store, const struct rated_usage *rated,
                               struct standing *standing, int *rc) {
  sqlite3_stmt *row = store_take(store, STANDING_LAST, rc);
  bool latest = true;
  *standing = (struct standing){0, NEVER, NEVER};
  if (row) sqlite3_bind_int64(row, 1, rated->wallet_id);
  if (store_row(row, rc)) {
    latest = sqlite3_column_int64(row, 0) < rated->at_ms;
    *standing = standing_of_row(row, 1);
  }
  store_put(store, STANDING_LAST, row, rc);
  return latest;
}

static bool read_lot_left(struct store *store, const struct rated_usage *rated,
                          const struct lot *lot, int64_t *left, int *rc) {
  sqlite3_stmt *row = store_take(store, LOT_LAST, rc);
  bool latest = true;
  *left = lot->units;
  if (row) sqlite3_bind_int64(row, 1, lot->lot_id);
  if (store_row(row, rc)) {
    int64_t charged_ms = sqlite3_column_int64(row, 0);
    latest = charged_ms < rated->at_ms ||
             (charged_ms == rated->at_ms && sqlite3_column_int64(row, 2) < rated->usage_id);
    *left -= sqlite3_column_int64(row, 1);
  }
  store_put(store, LOT_LAST, row, rc);
  return latest;
}

/* False: not simple. */
static bool read_state(struct store *store, const struct purse *purse,
                       const struct rated_usage *rated, struct state *state, int *rc) {
  state->count = 0;
  state->remainder = 0;
  state->later_lots = false;
  if (!read_last_standing(store, rated, &state->standing, rc)) return false;
  for (int i = 0; i < purse->count; i++) {
    const struct lot *lot = &purse->lots[i];
    int64_t left;
    if (lot->end_ms <= rated->at_ms) continue;
    if (!read_lot_left(store, rated, lot, &left, rc)) return false;
    if (lot->start_ms > rated->at_ms) {
      state->later_lots = true;
      continue;
    }
    if (!units_add(state->remainder, left, &state->remainder)) return false;
    state->lots[state->count] = lot;
    state->left[state->count++] = left;
  }
  return *rc == SQLITE_OK;
}

/* ---- writing ---- */

static void write_entry(struct store *store, const struct rated_usage *rated, const struct lot *lot,
                        int64_t left, int64_t units, int part, int *rc) {
  sqlite3_stmt *add = store_take(store, ENTRY_ADD, rc);
  if (add) {
    sqlite3_bind_int64(add, 1, lot->lot_id);
    sqlite3_bind_int64(add, 2, rated->at_ms);
    sqlite3_bind_int64(add, 3, lot->units - left + units);
    sqlite3_bind_int64(add, 4, rated->usage_id);
    sqlite3_bind_int64(add, 5, units);
    sqlite3_bind_int(add, 6, part);
    sqlite3_bind_int(add, 7, 0);
  }
  store_run(store, ENTRY_ADD, add, rc);
}

static void bind_since(sqlite3_stmt *statement, int index, int64_t ms) {
  if (ms == NEVER) {
    sqlite3_bind_null(statement, index);
  } else {
    sqlite3_bind_int64(statement, index, ms);
  }
}

static void write_debt(struct store *store, const struct rated_usage *rated, int64_t owed,
                       int parts, struct standing standing, int *rc) {
  sqlite3_stmt *set = store_take(store, DEBT_SET, rc);
  if (set) {
    sqlite3_bind_int64(set, 1, rated->wallet_id);
    sqlite3_bind_int64(set, 2, rated->at_ms);
    sqlite3_bind_int64(set, 3, rated->usage_id);
    sqlite3_bind_int64(set, 4, rated->at_ms);
    sqlite3_bind_int64(set, 5, owed);
    sqlite3_bind_int64(set, 6, rated->units);
    sqlite3_bind_int(set, 7, parts);
  }
  store_run(store, DEBT_SET, set, rc);
  if (standing.negative_since == NEVER) standing.negative_since = rated->at_ms;
  set = store_take(store, STANDING_SET, rc);
  if (set) {
    sqlite3_bind_int64(set, 1, rated->wallet_id);
    sqlite3_bind_int64(set, 2, rated->at_ms);
    sqlite3_bind_int64(set, 3, standing.debt + owed);
    bind_since(set, 4, standing.negative_since);
    bind_since(set, 5, standing.blocked_since);
  }
  store_run(store, STANDING_SET, set, rc);
}

static void write_other(struct store *store, const struct rated_usage *rated, int *rc) {
  bool unrated = rated->class == USAGE_UNRATED || rated->class == USAGE_UNASSIGNED;
  enum statement_id id = unrated ? UNRATED_ADD : FREE_ADD;
  sqlite3_stmt *add = store_take(store, id, rc);
  if (add && unrated) {
    sqlite3_bind_int64(add, 1, rated->usage_id);
    sqlite3_bind_text(add, 2, usage_class_name(rated->class), -1, SQLITE_STATIC);
  } else if (add) {
    sqlite3_bind_int64(add, 1, rated->wallet_id);
    sqlite3_bind_int64(add, 2, rated->at_ms);
    sqlite3_bind_int64(add, 3, rated->usage_id);
    sqlite3_bind_text(add, 4, usage_class_name(rated->class), -1, SQLITE_STATIC);
  }
  store_run(store, id, add, rc);
}

/* ---- paying ---- */

/*
** Simple are: no debt, whatever the lots then pay; or debt and nothing left to pay with. A debt that a
** lot is still to come for, or stands beside tokens of a kind that may not pay, is not.
*/
static bool is_simple(const struct quick *quick, const struct state *state, int64_t units) {
  int api_count;
  bool limited = catalogue_pays(quick->catalogue, &api_count) != NULL;
  int64_t sum;
  if (state->standing.debt > 0 && state->remainder > 0) return false;
  if (state->remainder < units && (limited || state->later_lots)) return false;
  return units_add(state->standing.debt, units, &sum);
}

static void pay(const struct quick *quick, struct store *store, const struct state *state,
                const struct rated_usage *rated, int *rc) {
  int api_count, parts = 0;
  const unsigned char *pays = catalogue_pays(quick->catalogue, &api_count);
  int64_t owed = rated->units;
  for (int i = 0; i < state->count && owed > 0; i++) {
    const struct lot *lot = state->lots[i];
    int64_t part = state->left[i] < owed ? state->left[i] : owed;
    if (part == 0 || (pays && !pays[lot->kind * api_count + rated->api_index])) continue;
    write_entry(store, rated, lot, state->left[i], part, parts++, rc);
    owed -= part;
  }
  if (owed > 0) write_debt(store, rated, owed, parts, state->standing, rc);
}

/* With kinds limited to apis: what may pay this usage suffices. */
static bool suffices(const struct quick *quick, const struct state *state,
                     const struct rated_usage *rated) {
  int api_count;
  const unsigned char *pays = catalogue_pays(quick->catalogue, &api_count);
  int64_t sum = 0;
  if (!pays) return true;
  for (int i = 0; i < state->count; i++) {
    if (pays[state->lots[i]->kind * api_count + rated->api_index]) sum += state->left[i];
  }
  return sum >= rated->units;
}

bool quick_settle(struct store *store, const struct usage_fields *usage, int *rc) {
  struct quick *quick = quick_get(store, rc);
  struct rated_usage rated;
  const struct purse *purse;
  struct state state;
  if (!quick || quick->any_close) return false;
  rater_rate(&quick->rater, usage, &rated, rc);
  if (*rc == SQLITE_CONSTRAINT) {
    *rc = SQLITE_OK; /* the general way tells it better */
    return false;
  }
  if (*rc != SQLITE_OK) return false; /* the transaction may be rolled back */
  if (rated.class == USAGE_METERED) return false;
  if (rated.class != USAGE_PRICED) {
    write_other(store, &rated, rc);
    return *rc == SQLITE_OK;
  }
  purse = find_purse(quick, store, rated.wallet_id, rc);
  if (!purse || !purse->simple) return false;
  if (!read_state(store, purse, &rated, &state, rc)) return false;
  if (!is_simple(quick, &state, rated.units) || !suffices(quick, &state, &rated)) return false;
  pay(quick, store, &state, &rated, rc);
  return *rc == SQLITE_OK;
}
