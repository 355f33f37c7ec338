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

/* A lot, and where it stands: only while the purse is known. */
struct purse_lot {
  struct lot lot;
  int64_t left;
  int64_t last_ms, last_usage; /* its last entry; NEVER: none */
};

/* The lots of a wallet in draw order. They change only with facts, and so with the stamp. */
struct purse {
  int64_t wallet_id;
  bool simple;              /* no lot has ever moved in or out, and there are not too many */
  uint64_t known;           /* the rest holds while quick->known is the same */
  int64_t known_from_ms;    /* lots that ended before are not */
  int64_t standing_ms;      /* NEVER: it has none */
  struct standing standing; /* the last one */
  int count;
  struct purse_lot lots[];
};

/*
** What is remembered as long as the catalogue is the same. Where lots stand is remembered as well, as long
** as nobody but the quick way has written: a commit shows in the data version, a
** settle() the general way in `settles`, and what was rolled back by the last usage, which is gone then.
*/
struct quick {
  const struct catalogue *catalogue;
  int64_t stamp;
  bool any_close;
  uint64_t known; /* grows when no purse is known any more */
  unsigned int data_version;
  int64_t settles;
  int64_t last_usage; /* the last usage that was paid here */
  struct rater rater;
  struct purse **purses; /* hash table */
  int count, room;
};

/* Where the lots that matter stand now: those that end after the usage. */
struct state {
  struct purse_lot *lots[LOTS_MAX];
  int count;
  int64_t remainder; /* of the alive ones */
  bool later_lots;   /* one is still to come */
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

/* Forget where lots stand, should somebody else have written, or the last usage be gone. */
static void doubt_purses(struct quick *quick, struct store *store, bool last_stands) {
  unsigned int version = data_version(store->db);
  if (last_stands && version == quick->data_version && store->settles == quick->settles) return;
  quick->data_version = version;
  quick->settles = store->settles;
  quick->known++;
}

/* The memory of this connection, emptied when facts have changed. */
static struct quick *quick_get(struct store *store, int64_t stamp, int *rc) {
  const struct catalogue *catalogue = catalogue_of_stamp(store, stamp, rc);
  struct quick *quick = store->quick;
  if (!catalogue) return NULL;
  if (!quick) {
    quick = sqlite3_malloc(sizeof(*quick));
    if (!quick) {
      *rc = SQLITE_NOMEM;
      return NULL;
    }
    store->quick = memset(quick, 0, sizeof(*quick));
    quick->known = 1;
    store->free_quick = quick_free;
  }
  if (!quick->catalogue || quick->stamp != catalogue_stamp(catalogue) ||
      quick->catalogue != catalogue) {
    forget(quick);
    quick->catalogue = NULL;
    rater_open(&quick->rater, store, rc);
    quick->any_close = store_ask(store, CLOSED_ANY, rc) != 0;
    if (*rc != SQLITE_OK) return NULL;
    quick->stamp = catalogue_stamp(catalogue);
    quick->catalogue = catalogue;
  }
  return quick;
}

/* ---- purses ---- */

static int compare_lots(const void *left, const void *right) {
  const struct purse_lot *a = left, *b = right;
  return lot_compare(&a->lot, &b->lot);
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
                      struct purse_lot *lots, int *count, int *rc) {
  sqlite3_stmt *row = store_take(store, PURSE_LOTS, rc);
  bool simple = true;
  *count = 0;
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  while (simple && store_row(row, rc)) {
    simple = *count < LOTS_MAX && read_lot(quick, row, &lots[*count].lot);
    if (simple && lots[*count].lot.start_ms < lots[*count].lot.end_ms) ++*count;
  }
  store_put(store, PURSE_LOTS, row, rc);
  if (*count > 1) qsort(lots, (size_t)*count, sizeof(*lots), compare_lots);
  return simple;
}

static struct purse *read_purse(const struct quick *quick, struct store *store, int64_t wallet_id,
                                int *rc) {
  struct purse_lot lots[LOTS_MAX];
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
  purse->known = 0;
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

static struct purse *find_purse(struct quick *quick, struct store *store, int64_t wallet_id,
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

static void read_standing(struct store *store, struct purse *purse, int *rc) {
  sqlite3_stmt *row = store_take(store, STANDING_LAST, rc);
  purse->standing = (struct standing){0, NEVER, NEVER};
  purse->standing_ms = NEVER;
  if (row) sqlite3_bind_int64(row, 1, purse->wallet_id);
  if (store_row(row, rc)) {
    purse->standing_ms = sqlite3_column_int64(row, 0);
    purse->standing = standing_of_row(row, 1);
  }
  store_put(store, STANDING_LAST, row, rc);
}

static void read_lot_place(struct store *store, struct purse_lot *lot, int *rc) {
  sqlite3_stmt *row = store_take(store, LOT_LAST, rc);
  lot->left = lot->lot.units;
  lot->last_ms = NEVER;
  if (row) sqlite3_bind_int64(row, 1, lot->lot.lot_id);
  if (store_row(row, rc)) {
    lot->last_ms = sqlite3_column_int64(row, 0);
    lot->left -= sqlite3_column_int64(row, 1);
    lot->last_usage = sqlite3_column_int64(row, 2);
  }
  store_put(store, LOT_LAST, row, rc);
}

/* Where the wallet stands, for usage from an instant on: a seek for itself and one for each lot. */
static void know_purse(const struct quick *quick, struct store *store, struct purse *purse,
                       int64_t from_ms, int *rc) {
  if (purse->known == quick->known && purse->known_from_ms <= from_ms) return;
  read_standing(store, purse, rc);
  for (int i = 0; i < purse->count; i++) {
    if (purse->lots[i].lot.end_ms > from_ms) read_lot_place(store, &purse->lots[i], rc);
  }
  purse->known_from_ms = from_ms;
  purse->known = *rc == SQLITE_OK ? quick->known : 0;
}

/* Is the usage later than the last entry of the lot? */
static bool is_later(const struct rated_usage *rated, const struct purse_lot *lot) {
  return lot->last_ms == NEVER || lot->last_ms < rated->at_ms ||
         (lot->last_ms == rated->at_ms && lot->last_usage < rated->usage_id);
}

/* False: not simple, as the usage is not the latest of its wallet. */
static bool find_state(struct purse *purse, const struct rated_usage *rated, struct state *state) {
  state->count = 0;
  state->remainder = 0;
  state->later_lots = false;
  if (purse->standing_ms != NEVER && purse->standing_ms >= rated->at_ms) return false;
  for (int i = 0; i < purse->count; i++) {
    struct purse_lot *lot = &purse->lots[i];
    if (lot->lot.end_ms <= rated->at_ms) continue;
    if (!is_later(rated, lot)) return false;
    if (lot->lot.start_ms > rated->at_ms) {
      state->later_lots = true;
      continue;
    }
    if (!units_add(state->remainder, lot->left, &state->remainder)) return false;
    state->lots[state->count++] = lot;
  }
  return true;
}

/* ---- writing ---- */

static void write_entry(struct store *store, const struct rated_usage *rated, struct purse_lot *lot,
                        int64_t units, int part, int *rc) {
  sqlite3_stmt *add = store_take(store, ENTRY_ADD, rc);
  lot->left -= units;
  lot->last_ms = rated->at_ms;
  lot->last_usage = rated->usage_id;
  if (add) {
    sqlite3_bind_int64(add, 1, lot->lot.lot_id);
    sqlite3_bind_int64(add, 2, rated->at_ms);
    sqlite3_bind_int64(add, 3, lot->lot.units - lot->left);
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
static bool is_simple(const struct quick *quick, const struct purse *purse,
                      const struct state *state, int64_t units) {
  int api_count;
  bool limited = catalogue_pays(quick->catalogue, &api_count) != NULL;
  int64_t sum;
  if (purse->standing.debt > 0 && state->remainder > 0) return false;
  if (state->remainder < units && (limited || state->later_lots)) return false;
  return units_add(purse->standing.debt, units, &sum);
}

/* A purse that owes, or that writing failed for, is read again for its next usage. */
static void pay(struct quick *quick, struct store *store, struct purse *purse,
                const struct state *state, const struct rated_usage *rated, int *rc) {
  int api_count, parts = 0;
  const unsigned char *pays = catalogue_pays(quick->catalogue, &api_count);
  int64_t owed = rated->units;
  for (int i = 0; i < state->count && owed > 0; i++) {
    struct purse_lot *lot = state->lots[i];
    int64_t part = lot->left < owed ? lot->left : owed;
    if (part == 0 || (pays && !pays[lot->lot.kind * api_count + rated->api_index])) continue;
    write_entry(store, rated, lot, part, parts++, rc);
    owed -= part;
  }
  if (owed > 0) write_debt(store, rated, owed, parts, purse->standing, rc);
  if (owed > 0 || *rc != SQLITE_OK) purse->known = 0;
  quick->last_usage = rated->usage_id;
}

/* With kinds limited to apis: what may pay this usage suffices. */
static bool suffices(const struct quick *quick, const struct state *state,
                     const struct rated_usage *rated) {
  int api_count;
  const unsigned char *pays = catalogue_pays(quick->catalogue, &api_count);
  int64_t sum = 0;
  if (!pays) return true;
  for (int i = 0; i < state->count; i++) {
    if (pays[state->lots[i]->lot.kind * api_count + rated->api_index]) sum += state->lots[i]->left;
  }
  return sum >= rated->units;
}

int64_t quick_last_usage(const struct store *store) {
  return store->quick ? store->quick->last_usage : 0;
}

/* The priced usage; false: not simple. */
static bool settle_priced(struct quick *quick, struct store *store, const struct rated_usage *rated,
                          int *rc) {
  struct purse *purse = find_purse(quick, store, rated->wallet_id, rc);
  struct state state;
  if (!purse || !purse->simple) return false;
  know_purse(quick, store, purse, rated->at_ms, rc);
  if (*rc != SQLITE_OK || !find_state(purse, rated, &state)) return false;
  if (!is_simple(quick, purse, &state, rated->units) || !suffices(quick, &state, rated)) {
    return false;
  }
  pay(quick, store, purse, &state, rated, rc);
  return *rc == SQLITE_OK;
}

bool quick_settle(struct store *store, int64_t stamp, bool last_stands,
                  const struct usage_fields *usage, int *rc) {
  struct quick *quick = quick_get(store, stamp, rc);
  struct rated_usage rated;
  if (!quick || quick->any_close) return false;
  doubt_purses(quick, store, last_stands && usage->usage_id != quick->last_usage);
  rater_rate(&quick->rater, usage, &rated, rc);
  if (*rc == SQLITE_CONSTRAINT) {
    *rc = SQLITE_OK; /* the general way tells it better */
    return false;
  }
  if (*rc != SQLITE_OK) return false; /* the transaction may be rolled back */
  if (rated.class == USAGE_METERED) return false;
  if (rated.class == USAGE_PRICED) return settle_priced(quick, store, &rated, rc);
  write_other(store, &rated, rc);
  return *rc == SQLITE_OK;
}
