#include "facts/catalogue.h"

#include <string.h>

#include "core/units.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_catalogue_stamp[] =
    "SELECT c.stamp, m.value FROM main._billing_change c, main._billing_meta m"
    " WHERE c.id = 1 AND m.name = 'schema_version'";

static const char sql_catalogue_apis[] = "SELECT api, premium FROM main.api";

static const char sql_catalogue_api_aliases[] = "SELECT alias, api FROM main.api_alias";

static const char sql_catalogue_sku_aliases[] =
    "SELECT api, alias, sku, billing_ms(effective_from) FROM main.sku_alias";

static const char sql_catalogue_rates[] =
    "SELECT api, sku, billing_ms(effective_from), tokens, per, rounding, minimum"
    " FROM main.rate_card";

static const char sql_catalogue_tiers[] =
    "SELECT api, sku, billing_ms(effective_from), above, tokens FROM main.rate_tier"
    " ORDER BY api, sku, effective_from, above";

static const char sql_catalogue_outcomes[] = "SELECT api, outcome, factor FROM main.outcome_rule";

static const char sql_catalogue_kinds[] = "SELECT kind, rank FROM main.token_kind";

static const char sql_catalogue_policies[] = "SELECT name, value FROM main.policy";

static const char sql_catalogue_policy_changes[] =
    "SELECT name, value, billing_ms(effective_from) AS ms FROM main.policy_change ORDER BY ms";

static const char sql_catalogue_limits[] = "SELECT kind, api FROM main.kind_api";

#define MEMO_SLOTS 4096 /* a power of two; forgotten all at once when three quarters are taken */
#define BEFORE_ALL INT64_MIN

struct chunk {
  struct chunk *next;
};

/* Rows as read. Names compare without ASCII case and keep the spelling of their table. */
struct api_row {
  struct text name;
  bool premium;
  int index; /* see struct tariff */
};
struct alias_row {
  struct text alias;
  int api;
};
struct sku_alias_row {
  int api;
  struct text alias, sku;
  int64_t from_ms;
};
struct rate_row {
  int api;
  struct text sku;
  int64_t from_ms;
  struct rate rate;
};
struct tier_row {
  int api;
  struct text sku;
  int64_t from_ms;
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

struct memo {
  struct text api, sku;
  uint32_t hash;
  struct tariff tariff;
};

struct table {
  void *rows;
  int count, room;
};

struct catalogue {
  int64_t stamp;
  bool settled_read; /* read outside a write transaction: changes and version suffice */
  int total_changes;
  unsigned int data_version;
  struct chunk *chunks;
  struct chunk *memo_chunks;
  struct table apis, api_aliases, sku_aliases, rates, tiers, outcomes, kinds, limits, policy_steps;
  unsigned char *pays;
  int limited_apis; /* count of apis that some kind is limited to */
  struct policies policies;
  struct memo **memo;
  int memo_count;
};

/* ---- memory ---- */

static void *allot(struct chunk **chunks, uint64_t bytes) {
  struct chunk *chunk = sqlite3_malloc64(sizeof(*chunk) + bytes);
  if (!chunk) return NULL;
  chunk->next = *chunks;
  *chunks = chunk;
  memset(chunk + 1, 0, (size_t)bytes);
  return chunk + 1;
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

void catalogue_free(struct catalogue *catalogue) {
  if (!catalogue) return;
  release(&catalogue->chunks);
  release(&catalogue->memo_chunks);
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
  sqlite3_free(catalogue->memo);
  sqlite3_free(catalogue);
}

/* ---- names ---- */

static int lower(char byte) {
  return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : (unsigned char)byte;
}

static bool same_name(struct text a, struct text b) {
  if (a.size != b.size) return false;
  for (int i = 0; i < a.size; i++) {
    if (lower(a.bytes[i]) != lower(b.bytes[i])) return false;
  }
  return true;
}

static bool is_any(struct text name) {
  return name.size == 1 && name.bytes[0] == '*';
}

/* The memo keeps spellings apart, because what is unknown is shown as given. */
static uint32_t hash_name(uint32_t hash, struct text name) {
  hash = (hash ^ (uint32_t)name.size) * 16777619u;
  for (int i = 0; i < name.size; i++) hash = (hash ^ (unsigned char)name.bytes[i]) * 16777619u;
  return hash;
}

static int find_api(const struct catalogue *catalogue, struct text name) {
  const struct api_row *apis = catalogue->apis.rows;
  const struct alias_row *aliases = catalogue->api_aliases.rows;
  for (int i = 0; i < catalogue->apis.count; i++) {
    if (same_name(apis[i].name, name)) return i;
  }
  for (int i = 0; i < catalogue->api_aliases.count; i++) {
    if (same_name(aliases[i].alias, name)) return aliases[i].api;
  }
  return -1;
}

/* ---- reading ---- */

struct reader {
  struct catalogue *catalogue;
  sqlite3_stmt *row;
  int *rc;
};

static struct text column_text(struct reader *reader, int column) {
  return keep_text(&reader->catalogue->chunks, text_of_column(reader->row, column), reader->rc);
}

static bool column_micro(struct reader *reader, int column, int64_t *micro) {
  return quantity_to_micro(sqlite3_column_double(reader->row, column), micro);
}

static void read_api(struct reader *reader) {
  struct api_row *row = add_row(&reader->catalogue->apis, sizeof(*row), reader->rc);
  if (!row) return;
  row->name = column_text(reader, 0);
  row->premium = sqlite3_column_int(reader->row, 1) != 0;
}

static int column_api(struct reader *reader, int column) {
  return find_api(reader->catalogue, column_text(reader, column));
}

static void read_api_alias(struct reader *reader) {
  int api = column_api(reader, 1);
  struct alias_row *row;
  if (api < 0) return;
  row = add_row(&reader->catalogue->api_aliases, sizeof(*row), reader->rc);
  if (!row) return;
  row->alias = column_text(reader, 0);
  row->api = api;
}

static void read_sku_alias(struct reader *reader) {
  struct sku_alias_row *row = add_row(&reader->catalogue->sku_aliases, sizeof(*row), reader->rc);
  if (!row) return;
  row->api = column_api(reader, 0);
  row->alias = column_text(reader, 1);
  row->sku = column_text(reader, 2);
  row->from_ms = sqlite3_column_int64(reader->row, 3);
}

static enum rounding column_rounding(struct reader *reader, int column) {
  struct text name = column_text(reader, column);
  static const struct text up = {"up", 2}, down = {"down", 4}, carry = {"carry", 5};
  if (same_name(name, up)) return ROUNDING_UP;
  if (same_name(name, carry)) return ROUNDING_CARRY;
  return same_name(name, down) ? ROUNDING_DOWN : ROUNDING_NONE;
}

static void read_rate(struct reader *reader) {
  struct rate_row *row = add_row(&reader->catalogue->rates, sizeof(*row), reader->rc);
  bool good;
  if (!row) return;
  row->api = column_api(reader, 0);
  row->sku = column_text(reader, 1);
  row->from_ms = sqlite3_column_int64(reader->row, 2);
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
  row->api = column_api(reader, 0);
  row->sku = column_text(reader, 1);
  row->from_ms = sqlite3_column_int64(reader->row, 2);
  if (!column_micro(reader, 3, &row->tier.above_micro) ||
      !units_from_tokens(sqlite3_column_double(reader->row, 4), &row->tier.units)) {
    *reader->rc = SQLITE_CONSTRAINT;
  }
}

static bool same_sku(int api_a, struct text sku_a, int api_b, struct text sku_b) {
  return api_a == api_b && same_name(sku_a, sku_b);
}

/* Hand its tiers to a row of the card: they have its api, sku and instant. */
static void join_tiers(struct catalogue *catalogue, struct rate_row *rate, int *rc) {
  const struct tier_row *rows = catalogue->tiers.rows;
  struct tier *tiers = NULL;
  for (int i = 0; i < catalogue->tiers.count && *rc == SQLITE_OK; i++) {
    const struct tier_row *row = &rows[i];
    if (row->from_ms != rate->from_ms || !same_sku(row->api, row->sku, rate->api, rate->sku)) {
      continue;
    }
    if (!tiers) tiers = allot(&catalogue->chunks, TIERS_MAX * sizeof(*tiers));
    if (!tiers) {
      *rc = SQLITE_NOMEM;
    } else if (rate->rate.tier_count == TIERS_MAX) {
      *rc = SQLITE_CONSTRAINT;
    } else {
      tiers[rate->rate.tier_count++] = row->tier;
    }
  }
  rate->rate.tiers = tiers;
}

/* One row with tiers or carry makes its api and sku metered at all times: the month is one. */
static void find_metered(struct catalogue *catalogue, int *rc) {
  struct rate_row *rates = catalogue->rates.rows;
  for (int i = 0; i < catalogue->rates.count; i++) join_tiers(catalogue, &rates[i], rc);
  for (int i = 0; i < catalogue->rates.count; i++) {
    if (rates[i].rate.tier_count == 0 && rates[i].rate.rounding != ROUNDING_CARRY) continue;
    for (int k = 0; k < catalogue->rates.count; k++) {
      if (same_sku(rates[i].api, rates[i].sku, rates[k].api, rates[k].sku)) {
        rates[k].rate.metered = true;
      }
    }
  }
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
    .from_ms = BEFORE_ALL,
    .grace_ms = 14 * INT64_C(86400000),
    .trial_ms = 90 * INT64_C(86400000),
};

static const struct policies default_policies = {
    .flex_kind = {"", 0},
    .credit_kind = {"", 0},
};

static void read_rows(struct store *store, struct catalogue *catalogue, const char *id,
                      void (*read)(struct reader *), int *rc) {
  struct reader reader = {catalogue, store_take(store, id, rc), rc};
  while (store_row(reader.row, rc)) read(&reader);
  store_put(store, id, reader.row, rc);
}

/* An api that some kind is limited to gets an index, from 1. */
static void read_limit(struct reader *reader) {
  struct catalogue *catalogue = reader->catalogue;
  int kind = catalogue_kind(catalogue, column_text(reader, 0));
  int api = column_api(reader, 1);
  struct limit_row *row;
  struct api_row *limited;
  if (kind < 0 || api < 0) return;
  row = add_row(&catalogue->limits, sizeof(*row), reader->rc);
  if (!row) return;
  row->kind = kind;
  row->api = api;
  limited = (struct api_row *)catalogue->apis.rows + api;
  if (limited->index == 0) limited->index = ++catalogue->limited_apis;
}

/* A kind that has a row in kind_api pays those apis only; one that has none pays all. */
static void apply_limits(struct catalogue *catalogue, int *rc) {
  size_t width = (size_t)catalogue->limited_apis + 1, kinds = (size_t)catalogue->kinds.count;
  const struct limit_row *limits = catalogue->limits.rows;
  const struct api_row *apis = catalogue->apis.rows;
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
  read_rows(store, catalogue, sql_catalogue_policies, read_policy, rc);
  read_rows(store, catalogue, sql_catalogue_policy_changes, read_policy_change, rc);
}

static struct catalogue *read_catalogue(struct store *store, int64_t stamp, int *rc) {
  struct catalogue *catalogue = sqlite3_malloc(sizeof(*catalogue));
  if (!catalogue) {
    *rc = SQLITE_NOMEM;
    return NULL;
  }
  memset(catalogue, 0, sizeof(*catalogue));
  catalogue->stamp = stamp;
  catalogue->policies = default_policies;
  catalogue->memo = sqlite3_malloc64(MEMO_SLOTS * sizeof(*catalogue->memo));
  if (!catalogue->memo) {
    *rc = SQLITE_NOMEM;
  } else {
    memset(catalogue->memo, 0, MEMO_SLOTS * sizeof(*catalogue->memo));
  }
  read_rows(store, catalogue, sql_catalogue_apis, read_api, rc);
  read_rows(store, catalogue, sql_catalogue_api_aliases, read_api_alias, rc);
  read_rows(store, catalogue, sql_catalogue_sku_aliases, read_sku_alias, rc);
  read_rows(store, catalogue, sql_catalogue_rates, read_rate, rc);
  read_rows(store, catalogue, sql_catalogue_tiers, read_tier, rc);
  find_metered(catalogue, rc);
  read_rows(store, catalogue, sql_catalogue_outcomes, read_outcome, rc);
  read_rows(store, catalogue, sql_catalogue_kinds, read_kind, rc);
  read_policies(store, catalogue, rc);
  read_rows(store, catalogue, sql_catalogue_limits, read_limit, rc);
  apply_limits(catalogue, rc);
  if (*rc == SQLITE_OK) return catalogue;
  catalogue_free(catalogue);
  return NULL;
}

/* ---- currency ---- */

/*
** Inside a read transaction nothing changes unless this connection or, between transactions, another
** one writes; both show without running a statement. Inside a write transaction a ROLLBACK TO could
** bring back what was, so the stamp is asked every time.
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
    catalogue = read_catalogue(store, stamp, rc);
    if (!catalogue) return NULL;
    kept->memory = catalogue;
  }
  catalogue->settled_read = sqlite3_txn_state(store->db, "main") == SQLITE_TXN_READ;
  catalogue->total_changes = sqlite3_total_changes(store->db);
  catalogue->data_version = data_version(store->db);
  return catalogue;
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

static const struct sku_alias_row *alias_at(const struct catalogue *catalogue, int api,
                                            struct text alias, int64_t at_ms) {
  const struct sku_alias_row *rows = catalogue->sku_aliases.rows;
  const struct sku_alias_row *found = NULL;
  for (int i = 0; i < catalogue->sku_aliases.count; i++) {
    if (rows[i].api == api && rows[i].from_ms <= at_ms && same_name(rows[i].alias, alias) &&
        (!found || found->from_ms < rows[i].from_ms)) {
      found = &rows[i];
    }
  }
  return found;
}

static const struct rate_row *any_rate(const struct catalogue *catalogue, int api,
                                       struct text sku) {
  const struct rate_row *rows = catalogue->rates.rows;
  for (int i = 0; i < catalogue->rates.count; i++) {
    if (rows[i].api == api && same_name(rows[i].sku, sku)) return &rows[i];
  }
  return NULL;
}

/* An alias of that name, else a sku of the card, else the alias '*', else as given. */
static struct text resolve_sku(const struct catalogue *catalogue, int api, struct text sku,
                               int64_t at_ms) {
  static const struct text any = {"*", 1};
  const struct sku_alias_row *alias;
  const struct rate_row *row;
  if (sku.size < 0) return sku;
  alias = alias_at(catalogue, api, sku, at_ms);
  if (alias) return alias->sku;
  row = any_rate(catalogue, api, sku);
  if (row) return row->sku;
  alias = alias_at(catalogue, api, any, at_ms);
  return alias ? alias->sku : sku;
}

/* The row in force; the card's sku '*' stands for whatever has no row of its own, and for no sku. */
static const struct rate_row *rate_at(const struct catalogue *catalogue, int api, struct text sku,
                                      int64_t at_ms) {
  static const struct text any = {"*", 1};
  const struct rate_row *rows = catalogue->rates.rows;
  const struct rate_row *found = NULL;
  if (sku.size < 0 || !any_rate(catalogue, api, sku)) sku = any;
  for (int i = 0; i < catalogue->rates.count; i++) {
    if (rows[i].api == api && rows[i].from_ms <= at_ms && same_name(rows[i].sku, sku) &&
        (!found || found->from_ms < rows[i].from_ms)) {
      found = &rows[i];
    }
  }
  return found && found->rate.sold ? found : NULL;
}

static void add_step(const struct catalogue *catalogue, int api, struct tariff *tariff,
                     struct text sku, int64_t from_ms) {
  int place = tariff->step_count;
  struct tariff_step *step;
  const struct rate_row *rate;
  while (place > 0 && tariff->steps[place - 1].from_ms >= from_ms) {
    if (tariff->steps[place - 1].from_ms == from_ms) return;
    place--;
  }
  memmove(tariff->steps + place + 1, tariff->steps + place,
          (size_t)(tariff->step_count - place) * sizeof(*tariff->steps));
  step = &tariff->steps[place];
  step->from_ms = from_ms;
  step->sku = resolve_sku(catalogue, api, sku, from_ms);
  rate = rate_at(catalogue, api, step->sku, from_ms);
  step->rate = rate ? &rate->rate : NULL;
  step->card_sku = rate ? rate->sku : step->sku;
  tariff->step_count++;
}

/* The most steps a tariff of this api can have. */
static int count_steps(const struct catalogue *catalogue, int api) {
  const struct sku_alias_row *aliases = catalogue->sku_aliases.rows;
  const struct rate_row *rates = catalogue->rates.rows;
  int count = 1;
  for (int i = 0; i < catalogue->sku_aliases.count; i++) count += aliases[i].api == api;
  for (int i = 0; i < catalogue->rates.count; i++) count += rates[i].api == api;
  return count;
}

static void fill_steps(const struct catalogue *catalogue, int api, struct text sku,
                       struct tariff *tariff) {
  const struct sku_alias_row *aliases = catalogue->sku_aliases.rows;
  const struct rate_row *rates = catalogue->rates.rows;
  add_step(catalogue, api, tariff, sku, BEFORE_ALL);
  for (int i = 0; i < catalogue->sku_aliases.count; i++) {
    if (aliases[i].api == api && (is_any(aliases[i].alias) || same_name(aliases[i].alias, sku))) {
      add_step(catalogue, api, tariff, sku, aliases[i].from_ms);
    }
  }
  for (int i = 0; i < catalogue->rates.count; i++) {
    if (rates[i].api == api) add_step(catalogue, api, tariff, sku, rates[i].from_ms);
  }
}

static bool build_tariff(struct catalogue *catalogue, struct memo *memo) {
  struct tariff *tariff = &memo->tariff;
  int api = find_api(catalogue, memo->api);
  int room = count_steps(catalogue, api);
  tariff->api = memo->api;
  tariff->steps = allot(&catalogue->memo_chunks, (uint64_t)room * sizeof(*tariff->steps));
  if (!tariff->steps) return false;
  if (api >= 0) {
    const struct api_row *row = (const struct api_row *)catalogue->apis.rows + api;
    tariff->known = true;
    tariff->api = row->name;
    tariff->api_index = row->index;
    tariff->premium = row->premium;
  }
  fill_steps(catalogue, api, memo->sku, tariff);
  return true;
}

static struct memo *new_memo(struct catalogue *catalogue, struct text api, struct text sku,
                             uint32_t hash) {
  int rc = SQLITE_OK;
  struct memo *memo = allot(&catalogue->memo_chunks, sizeof(*memo));
  if (!memo) return NULL;
  memo->api = keep_text(&catalogue->memo_chunks, api, &rc);
  memo->sku = keep_text(&catalogue->memo_chunks, sku, &rc);
  memo->hash = hash;
  return rc == SQLITE_OK && build_tariff(catalogue, memo) ? memo : NULL;
}

const struct tariff *catalogue_tariff(const struct catalogue *catalogue, struct text api,
                                      struct text sku) {
  struct catalogue *owner = (struct catalogue *)catalogue; /* only its memo changes */
  uint32_t hash = hash_name(hash_name(2166136261u, api), sku);
  uint32_t slot = hash & (MEMO_SLOTS - 1);
  struct memo *memo;
  for (; (memo = owner->memo[slot]) != NULL; slot = (slot + 1) & (MEMO_SLOTS - 1)) {
    if (memo->hash == hash && text_equal(memo->api, api) && text_equal(memo->sku, sku)) {
      return &memo->tariff;
    }
  }
  if (owner->memo_count >= MEMO_SLOTS / 4 * 3) {
    memset(owner->memo, 0, MEMO_SLOTS * sizeof(*owner->memo));
    release(&owner->memo_chunks);
    owner->memo_count = 0;
    slot = hash & (MEMO_SLOTS - 1);
  }
  memo = new_memo(owner, api, sku, hash);
  if (!memo) return NULL;
  owner->memo[slot] = memo;
  owner->memo_count++;
  return &memo->tariff;
}

const struct tariff_step *tariff_at(const struct tariff *tariff, int64_t at_ms) {
  int step = tariff->step_count - 1;
  while (step > 0 && tariff->steps[step].from_ms > at_ms) step--;
  return &tariff->steps[step];
}

int64_t catalogue_factor(const struct catalogue *catalogue, const struct tariff *tariff,
                         struct text outcome) {
  const struct outcome_row *rows = catalogue->outcomes.rows;
  const struct api_row *apis = catalogue->apis.rows;
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
