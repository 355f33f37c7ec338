#include "settle/quick.h"

#include <string.h>

#include "core/units.h"
#include "settle/purse.h"
#include "settle/writer.h"
#include "store/txn_watch.h"
#include "facts/closed.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_lot_used_upto[] =
    "SELECT charged_ms, lot_used FROM main.ledger_entry WHERE lot_id = ?1 AND charged_ms <= ?2"
    " ORDER BY charged_ms DESC, lot_used DESC LIMIT 1";

/* What a lot has paid is part of the key: no row may meet another on the way, so all go below 0 first. */
static const char sql_entries_raise[] =
    "UPDATE main.ledger_entry SET lot_used = - (lot_used + ?3)"
    " WHERE lot_id = ?1 AND charged_ms > ?2";

static const char sql_entries_raised[] =
    "UPDATE main.ledger_entry SET lot_used = - lot_used"
    " WHERE lot_id = ?1 AND charged_ms > ?2";

/*
** What is remembered as long as the catalogue is the same. Where lots stand is remembered as well, as long
** as nobody but the quick way has written: a commit shows in the data version, but for one of our own that
** the witness has seen; a settle() the general way shows in `settles`, and what was rolled back in `undone`.
*/
struct quick {
  const struct catalogue *catalogue;
  int64_t stamp;
  bool any_close;
  uint64_t known; /* grows when no purse is known any more */
  unsigned int data_version;
  int64_t settles, undone; /* of the store, when they were known */
  struct rater rater;
  struct purses purses;
};

/* Where the lots that matter stand now: those that end after the usage. */
struct state {
  struct purse_lot **lots; /* of the purse */
  int count;
  int64_t remainder; /* of the alive ones */
  bool later_lots;   /* one is still to come */
};

/* ---- memory ---- */

static void forget(struct quick *quick) {
  purses_forget(&quick->purses);
  rater_close(&quick->rater);
}

void quick_free(struct quick *quick) {
  if (!quick) return;
  forget(quick);
  sqlite3_free(quick);
}

static void drop_quick(void *memory) {
  quick_free(memory);
}

/*
** Forget where lots stand, should somebody else have written, or something be rolled back. What is written
** from now on is witnessed.
*/
static void doubt_purses(struct quick *quick, struct store *store, int *rc) {
  unsigned int version = data_version(store->db);
  bool same = version == quick->data_version || version == store->committed;
  witness_begin(store, rc);
  quick->data_version = version;
  if (same && store->settles == quick->settles && store->undone == quick->undone) return;
  quick->settles = store->settles;
  quick->undone = store->undone;
  quick->known++;
}

/* The memory of this connection, emptied when facts have changed. */
static struct quick *quick_get(struct store *store, int64_t stamp, int *rc) {
  const struct catalogue *catalogue = catalogue_of_stamp(store, stamp, rc);
  struct quick *quick = store->kept[KEPT_QUICK].memory;
  if (!catalogue) return NULL;
  if (!quick) {
    quick = sqlite3_malloc(sizeof(*quick));
    if (!quick) {
      *rc = SQLITE_NOMEM;
      return NULL;
    }
    store->kept[KEPT_QUICK] = (struct kept){memset(quick, 0, sizeof(*quick)), drop_quick};
    quick->known = 1;
  }
  if (!quick->catalogue || quick->stamp != catalogue_stamp(catalogue) ||
      quick->catalogue != catalogue) {
    forget(quick);
    quick->catalogue = NULL;
    rater_open(&quick->rater, store, rc);
    quick->any_close = store_ask(store, sql_closed_any, rc) != 0;
    if (*rc != SQLITE_OK) return NULL;
    quick->stamp = catalogue_stamp(catalogue);
    quick->catalogue = catalogue;
  }
  return quick;
}

/* ---- state ---- */

/* Is the usage later than the last entry of the lot? */
static bool is_later(const struct rated_usage *rated, const struct purse_lot *lot) {
  return lot->last_ms == NEVER || lot->last_ms < rated->at_ms ||
         (lot->last_ms == rated->at_ms && lot->last_usage < rated->usage_id);
}

/* False: not simple, as the usage is not the latest of its wallet. */
static bool find_state(struct purse *purse, const struct rated_usage *rated, struct state *state) {
  state->lots = purse->alive;
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

/* `used_before`: what the lot had paid by then. */
static void add_entry(struct store *store, const struct rated_usage *rated, const struct lot *lot,
                      int64_t used_before, int64_t units, int part, int *rc) {
  sqlite3_stmt *add = store_take(store, sql_entry_add, rc);
  const struct entry entry = {.lot_id = lot->lot_id,
                              .charged_ms = rated->at_ms,
                              .lot_used = used_before + units,
                              .lot_left = lot->units - used_before - units,
                              .usage_id = rated->usage_id,
                              .units = units,
                              .part = part};
  if (add) bind_entry(add, 0, &entry);
  store_run(store, sql_entry_add, add, rc);
  note_entry(store, &entry, rc);
}

static void write_entry(struct store *store, const struct rated_usage *rated, struct purse_lot *lot,
                        int64_t units, int part, int *rc) {
  add_entry(store, rated, &lot->lot, lot->lot.units - lot->left, units, part, rc);
  lot->left -= units;
  lot->last_ms = rated->at_ms;
  lot->last_usage = rated->usage_id;
}

static void write_debt(struct store *store, const struct rated_usage *rated, int64_t owed,
                       int parts, int *rc) {
  sqlite3_stmt *set = store_take(store, sql_debt_set, rc);
  const struct debt debt = {.at_ms = rated->at_ms,
                            .usage_id = rated->usage_id,
                            .owed = owed,
                            .rated = rated->units,
                            .parts = parts};
  if (set) bind_debt(set, rated->wallet_id, &debt, rated->at_ms);
  store_run(store, sql_debt_set, set, rc);
}

/* The wallet owes more from now on. */
static void write_standing(struct store *store, struct purse *purse, int64_t at_ms, int64_t owed,
                           int *rc) {
  struct standing *standing = &purse->standing;
  sqlite3_stmt *set = store_take(store, sql_standing_set, rc);
  purse->standing_ms = at_ms;
  standing->debt += owed;
  if (standing->negative_since == NEVER) standing->negative_since = at_ms;
  if (set) bind_standing(set, purse->wallet_id, standing, at_ms);
  store_run(store, sql_standing_set, set, rc);
}

static void write_other(struct store *store, const struct rated_usage *rated, int *rc) {
  bool unrated = rated->class == USAGE_UNRATED || rated->class == USAGE_UNASSIGNED;
  const char *id = unrated ? sql_unrated_add : sql_free_add;
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

/* Whether a kind may pay an api at all. */
static bool may_pay(const struct quick *quick, const struct lot *lot, int api_index) {
  int api_count;
  const unsigned char *pays = catalogue_pays(quick->catalogue, &api_count);
  return !pays || pays[lot->kind * api_count + api_index];
}

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

/* A purse that writing failed for is read again for its next usage. */
static void pay(struct quick *quick, struct store *store, struct purse *purse,
                const struct state *state, const struct rated_usage *rated, int *rc) {
  int64_t owed = rated->units;
  int parts = 0;
  for (int i = 0; i < state->count && owed > 0; i++) {
    struct purse_lot *lot = state->lots[i];
    int64_t part = lot->left < owed ? lot->left : owed;
    if (part == 0 || !may_pay(quick, &lot->lot, rated->api_index)) continue;
    write_entry(store, rated, lot, part, parts++, rc);
    owed -= part;
  }
  if (owed > 0) {
    write_debt(store, rated, owed, parts, rc);
    write_standing(store, purse, rated->at_ms, owed, rc);
  }
  if (*rc != SQLITE_OK) purse->known = 0;
}

/* With kinds limited to apis: what may pay this usage suffices. */
static bool suffices(const struct quick *quick, const struct state *state,
                     const struct rated_usage *rated) {
  int api_count;
  int64_t sum = 0;
  if (!catalogue_pays(quick->catalogue, &api_count)) return true;
  for (int i = 0; i < state->count; i++) {
    if (may_pay(quick, &state->lots[i]->lot, rated->api_index)) sum += state->lots[i]->left;
  }
  return sum >= rated->units;
}

/* ---- paying late ---- */

/*
** The lot that pays a late usage, if that changes nothing but how much this lot has paid since; NULL: not simple.
** It is so when the lot has more than enough left at its end: all the while it was alive nothing was owed,
** every later usage finds what it found, and the lot is not used up sooner. Lots before it in draw order must have been empty by then. With
** kinds limited to apis something may be owed beside it, so that nothing at all may be.
*/
static struct purse_lot *late_payer(const struct quick *quick, struct purse *purse,
                                    const struct rated_usage *rated) {
  int api_count;
  bool limited = catalogue_pays(quick->catalogue, &api_count) != NULL;
  if (limited && (purse->standing.debt > 0 || purse->standing_ms >= rated->at_ms)) return NULL;
  for (int i = 0; i < purse->count; i++) {
    struct purse_lot *lot = &purse->lots[i];
    if (lot->lot.start_ms > rated->at_ms || lot->lot.end_ms <= rated->at_ms) continue;
    if (!may_pay(quick, &lot->lot, rated->api_index)) continue;
    if (lot->left > 0) return lot->left > rated->units ? lot : NULL;
    if (lot->last_ms >= rated->at_ms) return NULL;
  }
  return NULL;
}

static void shift(struct store *store, const char *id, const struct rated_usage *rated,
                  int64_t lot_id, int *rc) {
  sqlite3_stmt *statement = store_take(store, id, rc);
  if (statement) {
    sqlite3_bind_int64(statement, 1, lot_id);
    sqlite3_bind_int64(statement, 2, rated->at_ms);
    if (id == sql_entries_raise) sqlite3_bind_int64(statement, 3, rated->units);
  }
  store_run(store, id, statement, rc);
}

/* What the lot had paid before the usage; -1: it has an entry at that very instant. */
static int64_t used_before(struct store *store, int64_t lot_id, int64_t at_ms, int *rc) {
  sqlite3_stmt *row = store_take(store, sql_lot_used_upto, rc);
  int64_t used = 0;
  if (row) {
    sqlite3_bind_int64(row, 1, lot_id);
    sqlite3_bind_int64(row, 2, at_ms);
  }
  if (store_row(row, rc)) {
    used = sqlite3_column_int64(row, 0) == at_ms ? -1 : sqlite3_column_int64(row, 1);
  }
  store_put(store, sql_lot_used_upto, row, rc);
  return used;
}

/* False: not simple. */
static bool pay_late(struct quick *quick, struct store *store, struct purse *purse,
                     const struct rated_usage *rated, int *rc) {
  struct purse_lot *lot = late_payer(quick, purse, rated);
  int64_t used = lot ? used_before(store, lot->lot.lot_id, rated->at_ms, rc) : -1;
  if (used < 0 || *rc != SQLITE_OK) return false;
  shift(store, sql_entries_raise, rated, lot->lot.lot_id, rc);
  shift(store, sql_entries_raised, rated, lot->lot.lot_id, rc);
  add_entry(store, rated, &lot->lot, used, rated->units, 0, rc);
  lot->left -= rated->units;
  if (is_later(rated, lot)) {
    lot->last_ms = rated->at_ms;
    lot->last_usage = rated->usage_id;
  }
  if (*rc != SQLITE_OK) purse->known = 0;
  return *rc == SQLITE_OK;
}

/* The priced usage; false: not simple. */
static bool settle_priced(struct quick *quick, struct store *store, const struct rated_usage *rated,
                          int *rc) {
  struct purse *purse = purses_find(&quick->purses, store, quick->catalogue, rated->wallet_id, rc);
  struct state state;
  if (!purse || !purse->simple) return false;
  purse_know(purse, store, quick->known, rated->at_ms, rc);
  if (*rc != SQLITE_OK) return false;
  if (!find_state(purse, rated, &state)) return pay_late(quick, store, purse, rated, rc);
  if (!is_simple(quick, purse, &state, rated->units) || !suffices(quick, &state, rated)) {
    return false;
  }
  pay(quick, store, purse, &state, rated, rc);
  return *rc == SQLITE_OK;
}

/* Usage of a closed period counts at the close: not simple. */
static bool is_closed(struct quick *quick, struct store *store, const struct rated_usage *rated,
                      int *rc) {
  const struct purse *purse;
  if (!quick->any_close || rated->wallet_id == 0) return false;
  purse = purses_find(&quick->purses, store, quick->catalogue, rated->wallet_id, rc);
  return !purse || rated->at_ms < purse->closed_ms;
}

bool quick_settle(struct store *store, int64_t stamp, const struct usage_fields *usage, int *rc) {
  struct quick *quick = quick_get(store, stamp, rc);
  struct rated_usage rated;
  if (!quick) return false;
  doubt_purses(quick, store, rc);
  rater_rate(&quick->rater, usage, &rated, rc);
  if (*rc == SQLITE_CONSTRAINT) {
    *rc = SQLITE_OK; /* the general way tells it better */
    return false;
  }
  if (*rc != SQLITE_OK) return false; /* the transaction may be rolled back */
  if (rated.class == USAGE_METERED || is_closed(quick, store, &rated, rc)) return false;
  if (rated.class == USAGE_PRICED) return settle_priced(quick, store, &rated, rc);
  write_other(store, &rated, rc);
  return *rc == SQLITE_OK;
}
