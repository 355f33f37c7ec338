/*
** Changes of the price list become marks of wallets.
**
** A change says which api, and which sku, alias or outcome of it, from when on. Whose usage that
** is, one pass over usage finds out for all changes since the last settle(); by the catalogue and
** the payers as they are now. That suffices, although names may have resolved otherwise in between:
** of all changes that touched a usage take the last one. After it nothing that the usage is priced
** by changed, so it is found by the catalogue as it is. Payers that changed have marked their
** wallets.
**
** A change that touches nothing costs the pass and marks nobody. In doubt it touches: a mark too
** many is settled again and gives the same ledger.
*/
#include <string.h>

#include "core/instant.h"
#include "settle/settlement.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_price_any[] = "SELECT EXISTS (SELECT 1 FROM main._billing_pending_price)";

/* Where all is new, as in a file that is being loaded, there is nobody to mark. */
static const char sql_price_settled[] =
    "SELECT EXISTS (SELECT 1 FROM main.usage WHERE usage_id <= ?1)";

/* In the order of compare_changes(). */
static const char sql_price_changes[] =
    "SELECT api, what, name, from_ms FROM main._billing_pending_price ORDER BY api, what, name";

/* Usage that names one of those apis, or an alias of one, from the earliest change on. */
static const char sql_price_usage[] =
    "SELECT u.client_id, u.api, u.sku, u.occurred_at, u.outcome FROM main.usage u"
    " WHERE u.usage_id <= ?1"
    "  AND u.occurred_at >= (SELECT billing_time(min(from_ms)) FROM main._billing_pending_price)"
    "  AND u.api COLLATE NOCASE IN (SELECT api FROM main._billing_pending_price"
    "   UNION SELECT a.alias FROM main.api_alias a"
    "    WHERE a.api COLLATE NOCASE IN (SELECT api FROM main._billing_pending_price))";

static const char sql_price_forget[] = "DELETE FROM main._billing_pending_price";

/* ---- changes ---- */

/* In the order of their names, which is that of the rows. */
enum changed { CHANGED_ALIAS, CHANGED_API, CHANGED_OUTCOME, CHANGED_RATE, CHANGED_COUNT };
static const char *const changed_names[] = {"alias", "api", "outcome", "rate"};

/* A row of _billing_pending_price; as a key without from_ms. */
struct price_change {
  struct text api, name; /* api owns the bytes of both */
  enum changed what;
  int64_t from_ms;
};

/* A wallet and the earliest usage of it that is touched. */
struct touched_wallet {
  int64_t wallet_id, from_ms;
};

struct touching {
  struct settlement *settlement;
  struct price_change *changes; /* by api, what and name */
  int count, room;
  struct touched_wallet *wallets;
  int wallet_count, wallet_room;
  struct map places; /* of wallets, counted from 1 */
};

/* What the table does not name touches all of the api. */
static enum changed column_changed(sqlite3_stmt *row, int column) {
  struct text name = text_of_column(row, column);
  for (int i = 0; i < CHANGED_COUNT; i++) {
    struct text known = {changed_names[i], (int)strlen(changed_names[i])};
    if (text_equal(known, name)) return (enum changed)i;
  }
  return CHANGED_API;
}

static void copy_change(sqlite3_stmt *row, struct price_change *change, int *rc) {
  struct text api = text_of_column(row, 0), name = text_of_column(row, 2);
  char *bytes = sqlite3_malloc64((uint64_t)api.size + (uint64_t)name.size + 1);
  *change = (struct price_change){
      {bytes, -1}, {bytes, -1}, column_changed(row, 1), sqlite3_column_int64(row, 3)};
  if (!bytes) {
    *rc = SQLITE_NOMEM;
    return;
  }
  memcpy(bytes, api.bytes, (size_t)api.size);
  memcpy(bytes + api.size, name.bytes, (size_t)name.size);
  change->api.size = api.size;
  change->name = (struct text){bytes + api.size, name.size};
}

static void read_changes(struct touching *touching, int *rc) {
  struct store *store = touching->settlement->store;
  sqlite3_stmt *row = store_take(store, sql_price_changes, rc);
  while (store_row(row, rc)) {
    touching->changes = store_grow(touching->changes, touching->count, &touching->room,
                                   sizeof(*touching->changes), rc);
    if (*rc == SQLITE_OK) copy_change(row, &touching->changes[touching->count++], rc);
  }
  store_put(store, sql_price_changes, row, rc);
}

static int compare_changes(const struct price_change *a, const struct price_change *b) {
  int order = text_compare_names(a->api, b->api);
  if (order != 0) return order;
  return a->what != b->what ? (int)a->what - (int)b->what : text_compare_names(a->name, b->name);
}

/* From when on it changed; NOT_YET: it did not. */
static int64_t changed_from(const struct touching *touching, struct text api, enum changed what,
                            struct text name) {
  struct price_change key = {api, name, what, 0};
  int low = 0, high = touching->count;
  if (name.size < 0) return NOT_YET;
  while (low < high) {
    int middle = low + (high - low) / 2;
    int order = compare_changes(&touching->changes[middle], &key);
    if (order == 0) return touching->changes[middle].from_ms;
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return NOT_YET;
}

/* ---- usage ---- */

/*
** A row of the card concerns usage that resolves to its sku, and usage that has its sku as its
** name: that name stands for itself while the card lists it. Rows of '*' price what has no row of
** its own. The alias '*' is for all names that have none.
*/
static bool is_touched(const struct touching *touching, const struct usage_fields *usage,
                       int64_t at_ms) {
  static const struct text none = {"", 0}, any = {"*", 1};
  const struct tariff *tariff =
      catalogue_tariff(touching->settlement->rater.catalogue, usage->api, usage->sku);
  const struct tariff_step *step;
  struct text api;
  bool falls_back;
  if (!tariff) {
    *touching->settlement->rc = SQLITE_NOMEM;
    return false;
  }
  step = tariff_at(tariff, at_ms);
  api = tariff->api;
  falls_back = !step->rate || text_equal(step->card_sku, any);
  return changed_from(touching, usage->api, CHANGED_API, none) <= at_ms ||
         changed_from(touching, api, CHANGED_API, none) <= at_ms ||
         changed_from(touching, api, CHANGED_RATE, step->sku) <= at_ms ||
         changed_from(touching, api, CHANGED_RATE, usage->sku) <= at_ms ||
         (falls_back && changed_from(touching, api, CHANGED_RATE, any) <= at_ms) ||
         changed_from(touching, api, CHANGED_ALIAS, usage->sku) <= at_ms ||
         changed_from(touching, api, CHANGED_ALIAS, any) <= at_ms ||
         changed_from(touching, api, CHANGED_OUTCOME, usage->outcome) <= at_ms;
}

/* NULL without memory. Valid until the next call. */
static struct touched_wallet *find_wallet(struct touching *touching, int64_t wallet_id, int *rc) {
  void **place = map_place(&touching->places, map_number(wallet_id), rc);
  struct touched_wallet *wallet;
  if (!place) return NULL;
  if (*place) return &touching->wallets[(uintptr_t)*place - 1];
  touching->wallets = store_grow(touching->wallets, touching->wallet_count, &touching->wallet_room,
                                 sizeof(*wallet), rc);
  if (*rc != SQLITE_OK) return NULL;
  wallet = &touching->wallets[touching->wallet_count++];
  *place = (void *)(uintptr_t)touching->wallet_count; /* NOLINT(performance-no-int-to-ptr) */
  *wallet = (struct touched_wallet){wallet_id, NOT_YET};
  return wallet;
}

/*
** Whether the wallet is known from that instant on is asked first: of a wallet that uses the api
** all the time nearly every row ends there.
*/
static void touch(struct touching *touching, const struct usage_fields *usage, int *rc) {
  struct text at = usage->occurred_at;
  struct touched_wallet *wallet;
  int64_t at_ms, wallet_id;
  if (at.size < 0 || !instant_parse(at.bytes, (size_t)at.size, &at_ms)) return;
  wallet_id = rater_payer(&touching->settlement->rater, usage->client_id, at_ms, rc);
  if (!wallet_id) return; /* unassigned: it is listed, and marks no wallet */
  wallet = find_wallet(touching, wallet_id, rc);
  if (!wallet || wallet->from_ms <= at_ms) return;
  if (is_touched(touching, usage, at_ms)) wallet->from_ms = at_ms;
}

static void look_at_usage(struct touching *touching, int64_t upto, int *rc) {
  struct store *store = touching->settlement->store;
  sqlite3_stmt *row = query_open(store, sql_price_usage, rc, "i", upto);
  while (store_row(row, rc)) {
    struct usage_fields usage = {
        .client_id = text_of_column(row, 0),
        .api = text_of_column(row, 1),
        .sku = text_of_column(row, 2),
        .occurred_at = text_of_column(row, 3),
        .outcome = text_of_column(row, 4),
    };
    touch(touching, &usage, rc);
  }
  store_put(store, sql_price_usage, row, rc);
}

/* ---- one settlement ---- */

static void write_marks(const struct touching *touching, int *rc) {
  for (int i = 0; i < touching->wallet_count; i++) {
    const struct touched_wallet *wallet = &touching->wallets[i];
    if (wallet->from_ms == NOT_YET) continue;
    query_run(touching->settlement->store, sql_mark_add, rc, "ii", wallet->wallet_id,
              wallet->from_ms);
  }
}

static void free_touching(struct touching *touching) {
  for (int i = 0; i < touching->count; i++) sqlite3_free((void *)touching->changes[i].api.bytes);
  sqlite3_free(touching->changes);
  sqlite3_free(touching->wallets);
  map_clear(&touching->places, NULL);
}

void price_marks_apply(struct settlement *settlement, int64_t upto) {
  struct touching touching = {.settlement = settlement};
  int *rc = settlement->rc;
  if (!store_ask(settlement->store, sql_price_any, rc)) return;
  if (query_number(settlement->store, sql_price_settled, 0, rc, "i", upto)) {
    read_changes(&touching, rc);
    look_at_usage(&touching, upto, rc);
    write_marks(&touching, rc);
    free_touching(&touching);
  }
  query_run(settlement->store, sql_price_forget, rc, "");
}
