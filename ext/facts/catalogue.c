#include "facts/catalogue.h"

#include <string.h>

#include "core/units.h"
#include "core/utf8.h"
#include "facts/known.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_catalogue_stamp[] =
    "SELECT c.stamp, m.value FROM main._billing_change c, main._billing_meta m"
    " WHERE c.id = 1 AND m.name = 'schema_version'";

/* Of the facts as they are, and as a close found them: see known.h. */
#define CATALOGUE(T)                                                                           \
  {                                                                                            \
    "SELECT api, premium FROM " T(api), "SELECT alias, api FROM " T(api_alias),                \
        "SELECT api, alias, sku, billing_ms(effective_from) FROM " T(sku_alias),               \
        "SELECT api, sku, billing_ms(effective_from), tokens, per, rounding, minimum FROM " T( \
            rate_card),                                                                        \
        "SELECT api, sku, billing_ms(effective_from), above, tokens FROM " T(                  \
            rate_tier) " ORDER BY api, sku, effective_from, above",                            \
        "SELECT api, outcome, factor FROM " T(outcome_rule),                                   \
        "SELECT kind, rank FROM " T(token_kind), "SELECT name, value FROM " T(policy),         \
        "SELECT name, value, billing_ms(effective_from) AS ms FROM " T(                        \
            policy_change) " ORDER BY ms",                                                     \
        "SELECT kind, api FROM " T(kind_api)                                                   \
  }

enum part {
  APIS,
  API_ALIASES,
  SKU_ALIASES,
  RATES,
  TIERS,
  OUTCOMES,
  KINDS,
  POLICIES,
  POLICY_CHANGES,
  LIMITS,
  PART_COUNT
};

static const char *const sql_catalogue[][PART_COUNT] = {CATALOGUE(NOW), CATALOGUE(THEN)};

#define TARIFFS_MAX 100000 /* beyond that the memo is emptied, so that its memory is bounded */

/* Memory for many small things that go together: one call for each took most of the loading. */
#define CHUNK_BYTES 16384
struct chunk {
  struct chunk *next;
  uint64_t used, room;
};

struct tier_row {
  struct dated_name key; /* of its row of the card */
  struct tier tier;
};
struct outcome_row {
  int api;
  struct text outcome;
  int64_t factor_micro;
};

struct limit_row {
  int kind, api;
};

/* The tariffs that were asked for, of one spelling of an api: what is unknown is shown as given. */
struct api_tariffs {
  struct text name;  /* owns the map's key */
  int api;           /* its place, or -1 */
  struct map by_sku; /* to struct tariff */
};

struct table {
  void *rows;
  int count, room;
};

struct catalogue {
  int64_t stamp;
  int64_t version;   /* see known.h; 0: the facts as they are */
  bool settled_read; /* read outside a write transaction: changes and version suffice */
  int total_changes;
  unsigned int data_version;
  struct chunk *chunks;
  struct chunk *tariff_chunks;
  struct table apis, api_aliases, sku_aliases, rates, tiers, outcomes, kinds, limits, policy_steps;
  unsigned char *pays;
  int limited_apis; /* count of apis that some kind is limited to */
  struct policies policies;
  struct price_list prices; /* points into the tables */
  struct map tariffs;       /* by the api's spelling, to struct api_tariffs */
  int tariff_count;
};

/* ---- memory ---- */

static bool add_chunk(struct chunk **chunks, uint64_t room) {
  struct chunk *chunk = sqlite3_malloc64(sizeof(*chunk) + room);
  if (!chunk) return false;
  *chunk = (struct chunk){*chunks, 0, room};
  *chunks = chunk;
  return true;
}

/* Zeroed bytes that last as long as the chunks. */
static void *allot(struct chunk **chunks, uint64_t bytes) {
  const uint64_t align = 8;
  uint64_t size = (bytes + align - 1) / align * align;
  void *memory;
  if (!*chunks || (*chunks)->room - (*chunks)->used < size) {
    if (!add_chunk(chunks, size > CHUNK_BYTES ? size : CHUNK_BYTES)) return NULL;
  }
  memory = (char *)(*chunks + 1) + (*chunks)->used;
  (*chunks)->used += size;
  return memset(memory, 0, (size_t)size);
}

static void release(struct chunk **chunks) {
  while (*chunks) {
    struct chunk *next = (*chunks)->next;
    sqlite3_free(*chunks);
    *chunks = next;
  }
}

static void *add_row(struct table *table, size_t size, int *rc) {
  if (*rc != SQLITE_OK) return NULL;
  table->rows = store_grow(table->rows, table->count, &table->room, size, rc);
  if (*rc != SQLITE_OK) return NULL;
  return memset((char *)table->rows + (size_t)table->count++ * size, 0, size);
}

static struct text keep_text(struct chunk **chunks, struct text text, int *rc) {
  struct text kept = {NULL, -1};
  char *bytes;
  if (text.size < 0 || *rc != SQLITE_OK) return kept;
  bytes = allot(chunks, (uint64_t)text.size + 1);
  if (!bytes) {
    *rc = SQLITE_NOMEM;
    return kept;
  }
  memcpy(bytes, text.bytes, (size_t)text.size);
  kept.bytes = bytes;
  kept.size = text.size;
  return kept;
}

static void drop_api_tariffs(void *value) {
  struct api_tariffs *tariffs = value;
  map_clear(&tariffs->by_sku, NULL);
}

static void forget_tariffs(struct catalogue *catalogue) {
  map_clear(&catalogue->tariffs, drop_api_tariffs);
  release(&catalogue->tariff_chunks);
  catalogue->tariff_count = 0;
}

void catalogue_free(struct catalogue *catalogue) {
  if (!catalogue) return;
  release(&catalogue->chunks);
  forget_tariffs(catalogue);
  sqlite3_free(catalogue->apis.rows);
  sqlite3_free(catalogue->api_aliases.rows);
  sqlite3_free(catalogue->sku_aliases.rows);
  sqlite3_free(catalogue->rates.rows);
  sqlite3_free(catalogue->tiers.rows);
  sqlite3_free(catalogue->outcomes.rows);
  sqlite3_free(catalogue->kinds.rows);
  sqlite3_free(catalogue->limits.rows);
  sqlite3_free(catalogue->policy_steps.rows);
  sqlite3_free(catalogue->pays);
  sqlite3_free(catalogue);
}

/* ---- names ---- */

static bool same_name(struct text a, struct text b) {
  return a.size == b.size && text_compare_names(a, b) == 0; /* most differ in length */
}

/* What has been read so far, as the price list. */
static struct price_list *prices_of(struct catalogue *catalogue) {
  catalogue->prices = (struct price_list){
      .apis = catalogue->apis.rows,
      .api_aliases = catalogue->api_aliases.rows,
      .sku_aliases = catalogue->sku_aliases.rows,
      .rows = catalogue->rates.rows,
      .api_count = catalogue->apis.count,
      .api_alias_count = catalogue->api_aliases.count,
      .sku_alias_count = catalogue->sku_aliases.count,
      .row_count = catalogue->rates.count,
  };
  return &catalogue->prices;
}

/* ---- reading ---- */

struct reader {
  struct catalogue *catalogue;
  sqlite3_stmt *row;
  int *rc;
  int api; /* of the last row, or -1: rows of an api follow each other */
};

static struct text column_text(struct reader *reader, int column) {
  return keep_text(&reader->catalogue->chunks, text_of_column(reader->row, column), reader->rc);
}

static bool column_micro(struct reader *reader, int column, int64_t *micro) {
  return quantity_to_micro(sqlite3_column_double(reader->row, column), micro);
}

static void read_api(struct reader *reader) {
  struct api *row = add_row(&reader->catalogue->apis, sizeof(*row), reader->rc);
  if (!row) return;
  row->name = column_text(reader, 0);
  row->premium = sqlite3_column_int(reader->row, 1) != 0;
}

static int column_api(struct reader *reader, int column) {
  const struct catalogue *catalogue = reader->catalogue;
  struct text name = text_of_column(reader->row, column);
  const struct api *last = (const struct api *)catalogue->apis.rows + reader->api;
  if (reader->api < 0 || !text_equal(last->name, name)) {
    reader->api = price_list_api(prices_of(reader->catalogue), name);
  }
  return reader->api;
}

static void read_api_alias(struct reader *reader) {
  int api = column_api(reader, 1);
  struct api_alias *row;
  if (api < 0) return;
  row = add_row(&reader->catalogue->api_aliases, sizeof(*row), reader->rc);
  if (!row) return;
  row->alias = column_text(reader, 0);
  row->api = api;
}

/* Api and name in the first two columns, and the date. */
static struct dated_name column_key(struct reader *reader, int date_column) {
  return (struct dated_name){column_api(reader, 0), column_text(reader, 1),
                             sqlite3_column_int64(reader->row, date_column)};
}

static void read_sku_alias(struct reader *reader) {
  struct sku_alias *row = add_row(&reader->catalogue->sku_aliases, sizeof(*row), reader->rc);
  if (!row) return;
  row->key = column_key(reader, 3);
  row->sku = column_text(reader, 2);
}

static enum rounding column_rounding(struct reader *reader, int column) {
  struct text name = text_of_column(reader->row, column);
  static const struct text up = {"up", 2}, down = {"down", 4}, carry = {"carry", 5};
  if (same_name(name, up)) return ROUNDING_UP;
  if (same_name(name, carry)) return ROUNDING_CARRY;
  return same_name(name, down) ? ROUNDING_DOWN : ROUNDING_NONE;
}

static void read_rate(struct reader *reader) {
  struct card_row *row = add_row(&reader->catalogue->rates, sizeof(*row), reader->rc);
  bool good;
  if (!row) return;
  row->key = column_key(reader, 2);
  row->rate.sold = sqlite3_column_type(reader->row, 3) != SQLITE_NULL;
  row->rate.rounding = column_rounding(reader, 5);
  good = units_from_tokens(sqlite3_column_double(reader->row, 3), &row->rate.units) &&
         column_micro(reader, 4, &row->rate.per_micro) && row->rate.per_micro > 0 &&
         column_micro(reader, 6, &row->rate.minimum_micro);
  if (!good && *reader->rc == SQLITE_OK) *reader->rc = SQLITE_CONSTRAINT;
}

static void read_tier(struct reader *reader) {
  struct tier_row *row = add_row(&reader->catalogue->tiers, sizeof(*row), reader->rc);
  if (!row) return;
  row->key = column_key(reader, 2);
  if (!column_micro(reader, 3, &row->tier.above_micro) ||
      !units_from_tokens(sqlite3_column_double(reader->row, 4), &row->tier.units)) {
    *reader->rc = SQLITE_CONSTRAINT;
  }
}

/*
** Tiers come in the order of (api, sku, date, above): those of a row of the card follow each other.
*/
static void join_tiers(struct catalogue *catalogue, int *rc) {
  const struct tier_row *rows = catalogue->tiers.rows;
  for (int i = 0; i < catalogue->tiers.count && *rc == SQLITE_OK; i++) {
    struct card_row *card = price_list_row(&catalogue->prices, &rows[i].key);
    struct tier *tiers;
    if (!card) continue;
    if (!card->rate.tiers) {
      card->rate.tiers = allot(&catalogue->chunks, TIERS_MAX * sizeof(*tiers));
    }
    tiers = (struct tier *)card->rate.tiers; /* this catalogue's own */
    if (!tiers) {
      *rc = SQLITE_NOMEM;
    } else if (card->rate.tier_count == TIERS_MAX) {
      *rc = SQLITE_CONSTRAINT;
    } else {
      tiers[card->rate.tier_count++] = rows[i].tier;
    }
  }
}

static void sort_prices(struct catalogue *catalogue, int *rc) {
  price_list_sort(prices_of(catalogue));
  join_tiers(catalogue, rc);
  price_list_note_metered(&catalogue->prices);
}

static void read_outcome(struct reader *reader) {
  struct outcome_row *row = add_row(&reader->catalogue->outcomes, sizeof(*row), reader->rc);
  if (!row) return;
  row->api = column_api(reader, 0);
  row->outcome = column_text(reader, 1);
  if (!column_micro(reader, 2, &row->factor_micro)) *reader->rc = SQLITE_CONSTRAINT;
}

static void read_kind(struct reader *reader) {
  struct kind *row = add_row(&reader->catalogue->kinds, sizeof(*row), reader->rc);
  if (!row) return;
  row->name = column_text(reader, 0);
  row->rank = sqlite3_column_int64(reader->row, 1);
}

static bool is_text(struct text name, const char *wanted) {
  return name.size == (int)strlen(wanted) && !memcmp(name.bytes, wanted, (size_t)name.size);
}

static int64_t column_days(struct reader *reader, int column) {
  const int64_t day_ms = INT64_C(86400000);
  return (int64_t)(sqlite3_column_double(reader->row, column) * (double)day_ms + 0.5);
}

static void read_dated(struct reader *reader, struct policy_step *step) {
  struct text name = text_of_column(reader->row, 0);
  if (is_text(name, "grace_days")) step->grace_ms = column_days(reader, 1);
  if (is_text(name, "trial_days")) step->trial_ms = column_days(reader, 1);
  if (is_text(name, "restore")) {
    step->restore_auto = is_text(text_of_column(reader->row, 1), "auto");
  }
}

/* One row of policy: those that settling goes by. */
static void read_policy(struct reader *reader) {
  struct policies *policies = &reader->catalogue->policies;
  struct text name = text_of_column(reader->row, 0);
  read_dated(reader, reader->catalogue->policy_steps.rows);
  if (is_text(name, "flex_kind")) policies->flex_kind = column_text(reader, 1);
  if (is_text(name, "credit_kind")) policies->credit_kind = column_text(reader, 1);
}

/* One row of policy_change, in the order of their instants: what it does not name goes on. */
static void read_policy_change(struct reader *reader) {
  struct table *steps = &reader->catalogue->policy_steps;
  int64_t from_ms = sqlite3_column_int64(reader->row, 2);
  struct policy_step *last = (struct policy_step *)steps->rows + steps->count - 1, *step;
  if (last->from_ms != from_ms) {
    struct policy_step before = *last;
    step = add_row(steps, sizeof(*step), reader->rc);
    if (!step) return;
    *step = before;
    step->from_ms = from_ms;
    last = step;
  }
  read_dated(reader, last);
}

/* Where a policy has no row. */
static const struct policy_step default_step = {
    .from_ms = INT64_MIN,
    .grace_ms = 14 * INT64_C(86400000),
    .trial_ms = 90 * INT64_C(86400000),
};

static const struct policies default_policies = {
    .flex_kind = {"", 0},
    .credit_kind = {"", 0},
};

static void read_rows(struct store *store, struct catalogue *catalogue, enum part part,
                      void (*read)(struct reader *), int *rc) {
  const char *const sql[] = {sql_catalogue[0][part], sql_catalogue[1][part]};
  struct reader reader = {catalogue, known_take(store, sql, catalogue->version, rc), rc, -1};
  while (store_row(reader.row, rc)) read(&reader);
  known_put(store, sql, catalogue->version, reader.row, rc);
}

/* An api that some kind is limited to gets an index, from 1. */
static void read_limit(struct reader *reader) {
  struct catalogue *catalogue = reader->catalogue;
  int kind = catalogue_kind(catalogue, column_text(reader, 0));
  int api = column_api(reader, 1);
  struct limit_row *row;
  struct api *limited;
  if (kind < 0 || api < 0) return;
  row = add_row(&catalogue->limits, sizeof(*row), reader->rc);
  if (!row) return;
  row->kind = kind;
  row->api = api;
  limited = (struct api *)catalogue->apis.rows + api;
  if (limited->index == 0) limited->index = ++catalogue->limited_apis;
}

/* A kind that has a row in kind_api pays those apis only; one that has none pays all. */
static void apply_limits(struct catalogue *catalogue, int *rc) {
  size_t width = (size_t)catalogue->limited_apis + 1, kinds = (size_t)catalogue->kinds.count;
  const struct limit_row *limits = catalogue->limits.rows;
  const struct api *apis = catalogue->apis.rows;
  if (*rc != SQLITE_OK || catalogue->limited_apis == 0) return;
  catalogue->pays = sqlite3_malloc64(width * kinds);
  if (!catalogue->pays) {
    *rc = SQLITE_NOMEM;
    return;
  }
  memset(catalogue->pays, 0, width * kinds);
  for (int i = 0; i < catalogue->limits.count; i++) {
    catalogue->pays[(size_t)limits[i].kind * width + (size_t)apis[limits[i].api].index] = 1;
  }
  for (size_t i = 0; i < kinds; i++) {
    unsigned char *row = catalogue->pays + i * width;
    if (!memchr(row, 1, width)) memset(row, 1, width);
  }
}

static void read_policies(struct store *store, struct catalogue *catalogue, int *rc) {
  struct policy_step *first = add_row(&catalogue->policy_steps, sizeof(*first), rc);
  if (!first) return;
  *first = default_step;
  read_rows(store, catalogue, POLICIES, read_policy, rc);
  read_rows(store, catalogue, POLICY_CHANGES, read_policy_change, rc);
}

static struct catalogue *read_catalogue(struct store *store, int64_t stamp, int64_t version,
                                        int *rc) {
  struct catalogue *catalogue = sqlite3_malloc(sizeof(*catalogue));
  if (!catalogue) {
    *rc = SQLITE_NOMEM;
    return NULL;
  }
  memset(catalogue, 0, sizeof(*catalogue));
  catalogue->stamp = stamp;
  catalogue->version = version;
  catalogue->policies = default_policies;
  read_rows(store, catalogue, APIS, read_api, rc);
  read_rows(store, catalogue, API_ALIASES, read_api_alias, rc);
  read_rows(store, catalogue, SKU_ALIASES, read_sku_alias, rc);
  read_rows(store, catalogue, RATES, read_rate, rc);
  read_rows(store, catalogue, TIERS, read_tier, rc);
  sort_prices(catalogue, rc);
  read_rows(store, catalogue, OUTCOMES, read_outcome, rc);
  read_rows(store, catalogue, KINDS, read_kind, rc);
  read_policies(store, catalogue, rc);
  read_rows(store, catalogue, LIMITS, read_limit, rc);
  apply_limits(catalogue, rc);
  if (*rc == SQLITE_OK) return catalogue;
  catalogue_free(catalogue);
  return NULL;
}

/* ---- currency ---- */

/*
** Inside a read transaction nothing changes unless this connection or, between transactions,
** another one writes; both show without running a statement. Inside a write transaction a ROLLBACK
** TO could bring back what was, so the stamp is asked every time.
*/
static bool plainly_current(sqlite3 *db, const struct catalogue *catalogue) {
  return catalogue && catalogue->settled_read && sqlite3_txn_state(db, "main") == SQLITE_TXN_READ &&
         catalogue->total_changes == sqlite3_total_changes(db) &&
         catalogue->data_version == data_version(db);
}

/* A schema of another version is not touched: see store_error(). */
static int64_t read_stamp(struct store *store, int *rc) {
  sqlite3_stmt *row = store_take(store, sql_catalogue_stamp, rc);
  int64_t stamp = 0;
  if (store_row(row, rc)) {
    stamp = sqlite3_column_int64(row, 0);
    if (sqlite3_column_int(row, 1) != SCHEMA_VERSION) *rc = SQLITE_ERROR;
  }
  store_put(store, sql_catalogue_stamp, row, rc);
  return stamp;
}

static void drop_catalogue(void *memory) {
  catalogue_free(memory);
}

const struct catalogue *catalogue_get(struct store *store, int *rc) {
  struct kept *kept = &store->kept[KEPT_CATALOGUE];
  struct catalogue *catalogue = kept->memory;
  int64_t stamp;
  if (*rc != SQLITE_OK) return NULL;
  if (plainly_current(store->db, catalogue)) return catalogue;
  stamp = read_stamp(store, rc);
  if (*rc != SQLITE_OK) return NULL;
  if (!catalogue || catalogue->stamp != stamp) {
    *kept = (struct kept){NULL, drop_catalogue};
    catalogue_free(catalogue);
    catalogue = read_catalogue(store, stamp, 0, rc);
    if (!catalogue) return NULL;
    kept->memory = catalogue;
  }
  catalogue->settled_read = sqlite3_txn_state(store->db, "main") == SQLITE_TXN_READ;
  catalogue->total_changes = sqlite3_total_changes(store->db);
  catalogue->data_version = data_version(store->db);
  return catalogue;
}

const struct catalogue *catalogue_at(struct store *store, int64_t version, int *rc) {
  const struct catalogue *present = catalogue_get(store, rc);
  struct kept *kept = &store->kept[KEPT_CLOSED_CATALOGUE];
  struct catalogue *catalogue = kept->memory;
  if (!present || version == 0) return present;
  if (catalogue && catalogue->stamp == present->stamp && catalogue->version == version) {
    return catalogue;
  }
  *kept = (struct kept){NULL, drop_catalogue};
  catalogue_free(catalogue);
  kept->memory = read_catalogue(store, present->stamp, version, rc);
  return kept->memory;
}

const struct catalogue *catalogue_of_stamp(struct store *store, int64_t stamp, int *rc) {
  const struct catalogue *catalogue = store->kept[KEPT_CATALOGUE].memory;
  if (*rc == SQLITE_OK && catalogue && catalogue->stamp == stamp) return catalogue;
  return catalogue_get(store, rc);
}

int64_t catalogue_stamp(const struct catalogue *catalogue) {
  return catalogue->stamp;
}

/* ---- tariffs ---- */

static struct api_tariffs *tariffs_of_api(struct catalogue *catalogue, struct text api, int *rc) {
  struct api_tariffs *tariffs = map_find(&catalogue->tariffs, map_text(api));
  void **place;
  if (tariffs) return tariffs;
  tariffs = allot(&catalogue->tariff_chunks, sizeof(*tariffs));
  if (!tariffs) *rc = SQLITE_NOMEM;
  if (*rc != SQLITE_OK) return NULL;
  tariffs->name = keep_text(&catalogue->tariff_chunks, api, rc);
  tariffs->api = price_list_api(&catalogue->prices, api);
  place = map_place(&catalogue->tariffs, map_text(tariffs->name), rc);
  if (!place) return NULL;
  *place = tariffs;
  return tariffs;
}

#define STEPS_FEW 8 /* most tariffs have fewer: they are made at once, without counting first */

static struct tariff *build_tariff(struct catalogue *catalogue, const struct api_tariffs *of,
                                   struct text sku, int *rc) {
  const struct price_list *prices = &catalogue->prices;
  struct tariff_step few[STEPS_FEW];
  int count = price_list_steps(prices, of->api, sku, few, STEPS_FEW);
  struct tariff *tariff =
      allot(&catalogue->tariff_chunks, sizeof(*tariff) + (uint64_t)count * sizeof(*tariff->steps));
  if (!tariff) {
    *rc = SQLITE_NOMEM;
    return NULL;
  }
  tariff->api = of->name;
  tariff->steps = (struct tariff_step *)(tariff + 1);
  tariff->step_count = count;
  if (count > STEPS_FEW) {
    price_list_steps(prices, of->api, sku, tariff->steps, count);
  } else {
    memcpy(tariff->steps, few, (size_t)count * sizeof(*few));
  }
  if (of->api >= 0) {
    const struct api *api = &prices->apis[of->api];
    tariff->known = true;
    tariff->api = api->name;
    tariff->api_index = api->index;
    tariff->premium = api->premium;
  }
  return tariff;
}

static bool is_odd(struct text name) {
  return name.size >= 0 && name_check(name.bytes, (size_t)name.size) != NAME_GOOD;
}

static struct tariff *add_tariff(struct catalogue *catalogue, struct text api, struct text sku,
                                 int *rc) {
  struct api_tariffs *tariffs;
  struct tariff *tariff;
  struct text kept;
  void **place;
  if (catalogue->tariff_count >= TARIFFS_MAX) forget_tariffs(catalogue);
  tariffs = tariffs_of_api(catalogue, api, rc);
  kept = keep_text(&catalogue->tariff_chunks, sku, rc);
  if (*rc != SQLITE_OK) return NULL;
  tariff = build_tariff(catalogue, tariffs, kept, rc);
  place = map_place(&tariffs->by_sku, map_text(kept), rc);
  if (!place) return NULL;
  *place = tariff;
  tariff->odd_name = is_odd(api) || is_odd(sku);
  catalogue->tariff_count++;
  return tariff;
}

const struct tariff *catalogue_tariff(const struct catalogue *catalogue, struct text api,
                                      struct text sku) {
  const struct api_tariffs *tariffs = map_find(&catalogue->tariffs, map_text(api));
  const struct tariff *tariff = tariffs ? map_find(&tariffs->by_sku, map_text(sku)) : NULL;
  int rc = SQLITE_OK;
  if (tariff) return tariff;
  return add_tariff((struct catalogue *)catalogue, api, sku, &rc); /* only its memo changes */
}

int64_t catalogue_factor(const struct catalogue *catalogue, const struct tariff *tariff,
                         struct text outcome) {
  const struct outcome_row *rows = catalogue->outcomes.rows;
  const struct api *apis = catalogue->apis.rows;
  for (int i = 0; i < catalogue->outcomes.count; i++) {
    if (rows[i].api >= 0 && same_name(rows[i].outcome, outcome) &&
        same_name(apis[rows[i].api].name, tariff->api)) {
      return rows[i].factor_micro;
    }
  }
  return MICRO;
}

/* ---- the rest ---- */

const struct policies *catalogue_policies(const struct catalogue *catalogue) {
  return &catalogue->policies;
}

const struct policy_step *catalogue_policy_steps(const struct catalogue *catalogue, int *count) {
  *count = catalogue->policy_steps.count;
  return catalogue->policy_steps.rows;
}

const struct policy_step *catalogue_policies_at(const struct catalogue *catalogue, int64_t at_ms) {
  return policy_at(catalogue->policy_steps.rows, catalogue->policy_steps.count, at_ms);
}

const struct kind *catalogue_kinds(const struct catalogue *catalogue, int *count) {
  *count = catalogue->kinds.count;
  return catalogue->kinds.rows;
}

int catalogue_kind(const struct catalogue *catalogue, struct text name) {
  const struct kind *kinds = catalogue->kinds.rows;
  for (int i = 0; i < catalogue->kinds.count; i++) {
    if (text_equal(kinds[i].name, name)) {
      return i;
    }
  }
  return -1;
}

const unsigned char *catalogue_pays(const struct catalogue *catalogue, int *api_count) {
  *api_count = catalogue->limited_apis + 1;
  return catalogue->pays;
}
