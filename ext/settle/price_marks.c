/*
** Changes of the price list become marks of wallets.
**
** A change says which api, and which sku, alias or outcome of it, from when on. Whose usage that is,
** one pass over usage finds out for all changes since the last settle(); by the catalogue and the
** payers as they are now. That suffices, although names may have resolved otherwise in between: of
** all changes that touched a usage take the last one. After it nothing that the usage is priced by
** changed, so it is found by the catalogue as it is. Payers that changed have marked their wallets.
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

/* In the order of find_change(). */
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

/* A row of _billing_pending_price; as a key without from_ms. */
struct price_change {
  struct text api, what, name;
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

static struct text copy_text(sqlite3_stmt *row, int column, int *rc) {
  struct text text = text_of_column(row, column);
  char *bytes = sqlite3_malloc64((uint64_t)text.size + 1);
  if (!bytes) {
    *rc = SQLITE_NOMEM;
    return (struct text){NULL, -1};
  }
  memcpy(bytes, text.bytes, (size_t)text.size);
  return (struct text){bytes, text.size};
}

static void read_changes(struct touching *touching, int *rc) {
  struct store *store = touching->settlement->store;
  sqlite3_stmt *row = store_take(store, sql_price_changes, rc);
  while (store_row(row, rc)) {
    struct price_change *change;
    touching->changes =
        store_grow(touching->changes, touching->count, &touching->room, sizeof(*change), rc);
    if (*rc != SQLITE_OK) break;
    change = &touching->changes[touching->count++];
    change->api = copy_text(row, 0, rc);
    change->what = copy_text(row, 1, rc);
    change->name = copy_text(row, 2, rc);
    change->from_ms = sqlite3_column_int64(row, 3);
  }
  store_put(store, sql_price_changes, row, rc);
}

static int compare_changes(const struct price_change *a, const struct price_change *b) {
  int order = text_compare_names(a->api, b->api);
  if (order == 0) order = text_compare_names(a->what, b->what);
  return order ? order : text_compare_names(a->name, b->name);
}

/* From when on it changed; NOT_YET: it did not. */
static int64_t changed_from(const struct touching *touching, struct text api, const char *what,
                            struct text name) {
  struct price_change key = {api, {what, (int)strlen(what)}, name, 0};
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
** A row of the card concerns usage that resolves to its sku, and usage that has its sku as its name:
** that name stands for itself while the card lists it. Rows of '*' price what has no row of its own.
** The alias '*' is for all names that have none.
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
  return changed_from(touching, usage->api, "api", none) <= at_ms ||
         changed_from(touching, api, "api", none) <= at_ms ||
         changed_from(touching, api, "rate", step->sku) <= at_ms ||
         changed_from(touching, api, "rate", usage->sku) <= at_ms ||
         (falls_back && changed_from(touching, api, "rate", any) <= at_ms) ||
         changed_from(touching, api, "alias", usage->sku) <= at_ms ||
         changed_from(touching, api, "alias", any) <= at_ms ||
         changed_from(touching, api, "outcome", usage->outcome) <= at_ms;
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
** Whether the wallet is known from that instant on is asked first: of a wallet that uses the api all
** the time nearly every row ends there.
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
  for (int i = 0; i < touching->count; i++) {
    sqlite3_free((void *)touching->changes[i].api.bytes);
    sqlite3_free((void *)touching->changes[i].what.bytes);
    sqlite3_free((void *)touching->changes[i].name.bytes);
  }
  sqlite3_free(touching->changes);
  sqlite3_free(touching->wallets);
  map_clear(&touching->places, NULL);
}

void price_marks_apply(struct settlement *settlement, int64_t upto) {
  struct touching touching = {.settlement = settlement};
  int *rc = settlement->rc;
  if (!store_ask(settlement->store, sql_price_any, rc)) return;
  read_changes(&touching, rc);
  look_at_usage(&touching, upto, rc);
  write_marks(&touching, rc);
  query_run(settlement->store, sql_price_forget, rc, "");
  free_touching(&touching);
}
