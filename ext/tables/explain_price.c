#include "core/units.h"
#include "facts/catalogue.h"
#include "facts/known.h"
#include "store/show.h"
#include "store/text.h"
#include "tables/explain.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

/* ?1: the api as the catalogue names it, as these tables do. */
#define SQL_EXPLAIN_ALIAS(T) \
  "SELECT alias, billing_ms(effective_from) FROM " T(sku_alias)                    \
  " WHERE api = ?1 AND alias COLLATE NOCASE IN (?2, '*')"            \
  "  AND effective_from <= ?3 ORDER BY alias = '*', effective_from DESC LIMIT 1"

/*
** The columns beside max() are those of the last row; ORDER BY with LIMIT takes a temporary table.
*/
#define SQL_EXPLAIN_RATE(T) \
  "SELECT billing_ms(since), tokens, per, unit, minimum FROM"                                    \
  " (SELECT max(effective_from) AS since, tokens, per, unit, minimum FROM " T(rate_card)         \
  " WHERE api = ?1 AND sku = ?2 COLLATE NOCASE AND effective_from <= ?3)"                \
  " WHERE since IS NOT NULL"

#define SQL_EXPLAIN_TIERS(T) \
  "SELECT above, tokens FROM " T(rate_tier) \
  " WHERE api = ?1 AND sku = ?2 COLLATE NOCASE AND billing_ms(effective_from) = ?3 ORDER BY above"

static const char *const sql_explain_alias[] = {SQL_EXPLAIN_ALIAS(NOW), SQL_EXPLAIN_ALIAS(THEN)};
static const char *const sql_explain_rate[] = {SQL_EXPLAIN_RATE(NOW), SQL_EXPLAIN_RATE(THEN)};
static const char *const sql_explain_tiers[] = {SQL_EXPLAIN_TIERS(NOW), SQL_EXPLAIN_TIERS(THEN)};

static bool same_column(sqlite3_stmt *row, int left, int right) {
  struct text a = text_of_column(row, left), b = text_of_column(row, right);
  if (a.size != b.size) return false;
  return a.size <= 0 || sqlite3_strnicmp(a.bytes, b.bytes, a.size) == 0;
}

/* Subject of names and rate: api and sku as resolved. */
static sqlite3_str *resolved(struct explain *explain) {
  sqlite3_str *text = explain_text(explain);
  struct text api = text_of_column(explain->usage, U_API_NAME);
  struct text sku = text_of_column(explain->usage, U_SKU_NAME);
  sqlite3_str_append(text, api.bytes, api.size);
  if (sku.size > 0) {
    sqlite3_str_appendall(text, " ");
    sqlite3_str_append(text, sku.bytes, sku.size);
  }
  return text;
}

/* ---- names ---- */

/* Returns since when the alias holds. */
static int64_t append_alias(struct explain *explain, sqlite3_str *reason) {
  sqlite3_stmt *usage = explain->usage;
  sqlite3_stmt *alias = explain_take(explain, sql_explain_alias);
  int64_t since_ms = NEVER;
  if (alias) {
    sqlite3_bind_value(alias, 1, sqlite3_column_value(usage, U_API_NAME));
    sqlite3_bind_value(alias, 2, sqlite3_column_value(usage, U_SKU));
    sqlite3_bind_value(alias, 3, sqlite3_column_value(usage, U_OCCURRED_AT));
  }
  if (store_row(alias, &explain->rc)) {
    struct text name = text_of_column(alias, 0);
    bool any = name.size == 1 && name.bytes[0] == '*';
    since_ms = sqlite3_column_int64(alias, 1);
    show_column(reason, usage, U_SKU);
    sqlite3_str_appendall(reason, " is ");
    show_column(reason, usage, U_SKU_NAME);
    sqlite3_str_appendall(reason, any ? " (sku_alias '*': any other)" : " (sku_alias)");
  }
  explain_put(explain, sql_explain_alias, alias);
  return since_ms;
}

void explain_names(struct explain *explain) {
  bool same_api = same_column(explain->usage, U_API, U_API_NAME);
  bool same_sku = same_column(explain->usage, U_SKU, U_SKU_NAME);
  int64_t since_ms = NEVER;
  sqlite3_str *reason;
  if (same_api && same_sku) return;
  reason = explain_text(explain);
  if (!same_api) {
    show_column(reason, explain->usage, U_API);
    sqlite3_str_appendall(reason, " is ");
    show_column(reason, explain->usage, U_API_NAME);
    sqlite3_str_appendall(reason, " (api_alias)");
  }
  if (!same_api && !same_sku) sqlite3_str_appendall(reason, ", ");
  if (!same_sku) since_ms = append_alias(explain, reason);
  explain_add(explain, "names", resolved(explain), NO_UNITS, since_ms, reason);
}

/* ---- the rate ---- */

static void show_micro(sqlite3_str *reason, int64_t micro) {
  show_number(reason, (double)micro / 1e6);
}

/* How the price comes about: `216 / 3600 × 2 = 0.12`, with minimum and whole packages. */
static void append_arithmetic(sqlite3_str *reason, const struct rate *rate, int64_t quantity_micro,
                              int64_t units) {
  int64_t billed = quantity_micro;
  if (billed < rate->minimum_micro) {
    billed = rate->minimum_micro;
    show_micro(reason, quantity_micro);
    sqlite3_str_appendall(reason, " counts as the minimum ");
    show_micro(reason, billed);
    sqlite3_str_appendall(reason, "; ");
  }
  show_micro(reason, billed);
  if (rate->per_micro != MICRO) {
    sqlite3_str_appendall(reason, " / ");
    show_micro(reason, rate->per_micro);
  }
  if (rate->rounding == ROUNDING_UP || rate->rounding == ROUNDING_DOWN) {
    bool up = rate->rounding == ROUNDING_UP;
    bool more = up && billed % rate->per_micro != 0;
    sqlite3_str_appendf(reason, ", rounded %s: %lld", up ? "up" : "down",
                        (long long)(billed / rate->per_micro) + (more ? 1 : 0));
  }
  sqlite3_str_appendall(reason, " × ");
  show_number(reason, units_to_tokens(rate->units));
  if (units == NO_UNITS) return;
  sqlite3_str_appendall(reason, " = ");
  show_number(reason, units_to_tokens(units));
}

static void append_tiers(struct explain *explain, sqlite3_str *reason, struct text card_sku,
                         int64_t from_ms) {
  sqlite3_stmt *tier = explain_take(explain, sql_explain_tiers);
  if (tier) {
    sqlite3_bind_value(tier, 1, sqlite3_column_value(explain->usage, U_API_NAME));
    sqlite3_bind_text(tier, 2, card_sku.bytes, card_sku.size, SQLITE_TRANSIENT);
    sqlite3_bind_int64(tier, 3, from_ms);
  }
  while (store_row(tier, &explain->rc)) {
    sqlite3_str_appendall(reason, ", above ");
    show_number(reason, sqlite3_column_double(tier, 0));
    sqlite3_str_appendall(reason, " a month ");
    show_number(reason, sqlite3_column_double(tier, 1));
  }
  explain_put(explain, sql_explain_tiers, tier);
}

/* `2 tokens per 3600 second`, from the row of sql_explain_rate. */
static void append_card(struct explain *explain, sqlite3_str *reason, sqlite3_stmt *card,
                        const struct rate *rate, struct text card_sku) {
  bool named = sqlite3_column_type(card, 3) != SQLITE_NULL;
  show_tokens(reason, rate->units);
  sqlite3_str_appendall(reason, " per ");
  if (!named || rate->per_micro != MICRO) show_micro(reason, rate->per_micro);
  if (named && rate->per_micro != MICRO) sqlite3_str_appendall(reason, " ");
  if (named) {
    sqlite3_str_append(reason, (const char *)sqlite3_column_text(card, 3),
                       sqlite3_column_bytes(card, 3));
  }
  if (rate->tier_count > 0) {
    append_tiers(explain, reason, card_sku, sqlite3_column_int64(card, 0));
  }
}

static sqlite3_stmt *take_card(struct explain *explain, struct text card_sku) {
  sqlite3_stmt *card = explain_take(explain, sql_explain_rate);
  if (!card) return NULL;
  sqlite3_bind_value(card, 1, sqlite3_column_value(explain->usage, U_API_NAME));
  sqlite3_bind_text(card, 2, card_sku.size < 0 ? "*" : card_sku.bytes,
                    card_sku.size < 0 ? 1 : card_sku.size, SQLITE_TRANSIENT);
  sqlite3_bind_value(card, 3, sqlite3_column_value(explain->usage, U_OCCURRED_AT));
  return card;
}

/*
** `units`: the price, or NO_UNITS when it does not fit. A metered one is told by what was settled.
*/
static void tell_rate(struct explain *explain, const struct rate *rate, struct text card_sku,
                      int64_t units) {
  sqlite3_stmt *card = take_card(explain, card_sku);
  sqlite3_str *reason = explain_text(explain);
  int64_t quantity_micro = 0, since_ms = NEVER;
  quantity_to_micro(sqlite3_column_double(explain->usage, U_QUANTITY), &quantity_micro);
  if (store_row(card, &explain->rc)) {
    since_ms = sqlite3_column_int64(card, 0);
    append_card(explain, reason, card, rate, card_sku);
    sqlite3_str_appendall(reason, "; ");
  }
  if (rate->metered) {
    show_micro(reason, quantity_micro);
    sqlite3_str_appendall(reason, rate->rounding == ROUNDING_CARRY
                                      ? " used; the team's parts of packages carry over"
                                      : " used; metered by team and calendar month");
    units = NO_UNITS;
  } else {
    append_arithmetic(reason, rate, quantity_micro, units);
  }
  explain_add(explain, "rate", resolved(explain), units, since_ms, reason);
  explain_put(explain, sql_explain_rate, card);
}

static void tell_outcome(struct explain *explain, int64_t factor_micro, int64_t units) {
  sqlite3_str *subject = explain_text(explain), *reason = explain_text(explain);
  struct text outcome = text_of_column(explain->usage, U_OUTCOME);
  sqlite3_str_append(subject, outcome.bytes, outcome.size);
  sqlite3_str_appendall(reason, "costs ");
  show_micro(reason, factor_micro);
  sqlite3_str_appendall(reason, " times the price (outcome_rule)");
  explain_add(explain, "outcome", subject, units, NEVER, reason);
}

/* No rate: nothing in the card by then, or its last row there says that it is not sold. */
static void tell_unrated(struct explain *explain, struct text card_sku, bool known) {
  sqlite3_str *reason = explain_text(explain);
  sqlite3_stmt *card = known ? take_card(explain, card_sku) : NULL;
  int64_t since_ms = NEVER;
  if (!known) {
    show_column(reason, explain->usage, U_API);
    sqlite3_str_appendall(reason, " has no row in api");
  } else if (store_row(card, &explain->rc)) {
    since_ms = sqlite3_column_int64(card, 0);
    sqlite3_str_appendall(reason, "not sold since then (rate_card.tokens is NULL)");
  } else {
    sqlite3_str_appendall(reason, "no row in rate_card by then");
  }
  sqlite3_str_appendall(reason, "; it settles when the rate comes");
  explain_put(explain, sql_explain_rate, card);
  explain_add(explain, "unrated", resolved(explain), NO_UNITS, since_ms, reason);
}

static void tell_free(struct explain *explain) {
  sqlite3_str *reason = explain_text(explain);
  sqlite3_str_appendall(reason, "a free api (api.premium)");
  explain_add(explain, "free", resolved(explain), 0, NEVER, reason);
}

void explain_price(struct explain *explain) {
  sqlite3_stmt *usage = explain->usage;
  const struct catalogue *catalogue = catalogue_at(explain->store, explain->version, &explain->rc);
  const struct tariff *tariff;
  const struct tariff_step *step;
  int64_t quantity_micro, factor_micro, units = 0, full = 0;
  bool priced;
  if (!catalogue) return;
  tariff = catalogue_tariff(catalogue, text_of_column(usage, U_API), text_of_column(usage, U_SKU));
  if (!tariff) {
    explain->rc = SQLITE_NOMEM;
    return;
  }
  /* What is taken from the tariff now: the statements that tell steps may make room in its memo. */
  step = tariff_at(tariff, explain->occurred_ms);
  if (tariff->known && !tariff->premium) {
    tell_free(explain);
  } else if (!step->rate) {
    tell_unrated(explain, step->card_sku, tariff->known);
  } else {
    const struct rate *rate = step->rate;
    struct text card_sku = step->card_sku;
    factor_micro = catalogue_factor(catalogue, tariff, text_of_column(usage, U_OUTCOME));
    priced = quantity_to_micro(sqlite3_column_double(usage, U_QUANTITY), &quantity_micro) &&
             rate_price(rate, quantity_micro, MICRO, &full) &&
             rate_price(rate, quantity_micro, factor_micro, &units);
    tell_rate(explain, rate, card_sku, priced ? full : NO_UNITS);
    if (factor_micro != MICRO) {
      tell_outcome(explain, factor_micro, priced && !rate->metered ? units : NO_UNITS);
    }
  }
}
