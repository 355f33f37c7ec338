#include "unit.h"

#include <string.h>

#include "core/tariff.h"

#define APIS 2
#define MODEL 0
#define DESIGN 1
#define LONG_AGO (-1000)

static struct text text(const char *bytes) {
  return (struct text){bytes, bytes ? (int)strlen(bytes) : -1};
}

static struct dated_name key(int api, const char *name, int64_t from_ms) {
  return (struct dated_name){api, text(name), from_ms};
}

static struct card_row sold(int api, const char *sku, int64_t from_ms, int64_t units) {
  return (struct card_row){key(api, sku, from_ms), {units, MICRO, 0, ROUNDING_NONE, true}};
}

static struct api apis[APIS];
static struct api_alias api_aliases[1];

/* Two apis, the second one renamed; the rest is the test's. */
static struct price_list list_of(struct sku_alias *aliases, int alias_count, struct card_row *rows,
                                 int row_count) {
  struct price_list list = {apis, api_aliases, aliases, rows, APIS, 1, alias_count, row_count};
  apis[MODEL] = (struct api){text("model-derivative"), true, 0};
  apis[DESIGN] = (struct api){text("design-automation"), true, 1};
  api_aliases[0] = (struct api_alias){text("automation"), DESIGN};
  price_list_sort(&list);
  return list;
}

static void names_do_not_regard_case(void) {
  CU_ASSERT_EQUAL(text_compare_names(text("Model"), text("mODEL")), 0);
  CU_ASSERT(text_compare_names(text("a"), text("B")) < 0);
  CU_ASSERT(text_compare_names(text("b"), text("A")) > 0);
  CU_ASSERT(text_compare_names(text("ab"), text("A")) > 0);
  CU_ASSERT(text_compare_names(text("A"), text("ab")) < 0);
  CU_ASSERT(text_compare_names(text("["), text("a")) < 0);                /* beyond Z: no letter */
  CU_ASSERT(text_compare_names(text("\xc3\x84"), text("\xc3\xa4")) != 0); /* ASCII alone */
}

static void an_api_has_a_name_and_aliases(void) {
  struct price_list list = list_of(NULL, 0, NULL, 0);
  CU_ASSERT_EQUAL(price_list_api(&list, text("Model-Derivative")), MODEL);
  CU_ASSERT_EQUAL(price_list_api(&list, text("AUTOMATION")), DESIGN);
  CU_ASSERT_EQUAL(price_list_api(&list, text("viewer")), -1);
}

static const struct tariff_step *step_at(const struct price_list *list, int api, const char *sku,
                                         int64_t at_ms) {
  static struct tariff_step steps[32];
  struct tariff tariff = {.steps = steps};
  int count = price_list_steps(list, api, text(sku), NULL, 0);
  CU_ASSERT_FATAL(count > 0 && count <= 32);
  tariff.step_count = price_list_steps(list, api, text(sku), steps, count);
  CU_ASSERT_EQUAL(tariff.step_count, count);
  for (int i = 1; i < count; i++) CU_ASSERT(steps[i - 1].from_ms < steps[i].from_ms);
  CU_ASSERT_EQUAL(steps[0].from_ms, INT64_MIN);
  return tariff_at(&tariff, at_ms);
}

/* Units of the rate in force, or -1. */
static int64_t price_at(const struct price_list *list, int api, const char *sku, int64_t at_ms) {
  const struct tariff_step *step = step_at(list, api, sku, at_ms);
  return step->rate ? step->rate->units : -1;
}

static bool reads(struct text name, const char *wanted) {
  return text_equal(name, text(wanted));
}

/* Q6: the row in force at the instant, half-open. */
static void a_rate_holds_from_its_date_on(void) {
  struct card_row rows[] = {sold(MODEL, "complex", 100, 5), sold(DESIGN, "complex", 0, 9),
                            sold(MODEL, "complex", 10, 15), sold(MODEL, "simple", 0, 2)};
  struct price_list list = list_of(NULL, 0, rows, 4);
  CU_ASSERT_EQUAL(price_at(&list, MODEL, "complex", 9), -1);
  CU_ASSERT_EQUAL(price_at(&list, MODEL, "Complex", 10), 15);
  CU_ASSERT_EQUAL(price_at(&list, MODEL, "complex", 99), 15);
  CU_ASSERT_EQUAL(price_at(&list, MODEL, "complex", 100), 5);
  CU_ASSERT_EQUAL(price_at(&list, MODEL, "simple", 1000), 2);
  CU_ASSERT_EQUAL(price_at(&list, DESIGN, "complex", 1000), 9);
  CU_ASSERT_EQUAL(price_at(&list, -1, "complex", 1000), -1);
}

static void a_rate_without_tokens_ends_the_price(void) {
  struct card_row rows[] = {sold(MODEL, "complex", 0, 5), sold(MODEL, "complex", 100, 0)};
  struct price_list list;
  rows[1].rate.sold = false;
  list = list_of(NULL, 0, rows, 2);
  CU_ASSERT_EQUAL(price_at(&list, MODEL, "complex", 99), 5);
  CU_ASSERT_EQUAL(price_at(&list, MODEL, "complex", 100), -1);
  CU_ASSERT(reads(step_at(&list, MODEL, "complex", 100)->card_sku, "complex"));
}

/* D21: file types stand for complex or simple, and IFC changed sides. */
static void an_alias_holds_from_its_date_on(void) {
  struct sku_alias aliases[] = {{key(MODEL, "ifc", 50), text("complex")},
                                {key(MODEL, "*", 0), text("simple")},
                                {key(MODEL, "ifc", 0), text("simple")},
                                {key(DESIGN, "ifc", 0), text("autocad")}};
  struct card_row rows[] = {sold(MODEL, "complex", 0, 5), sold(MODEL, "simple", 0, 1),
                            sold(MODEL, "simple", 60, 2)};
  struct price_list list = list_of(aliases, 4, rows, 3);
  CU_ASSERT_EQUAL(price_at(&list, MODEL, "IFC", 49), 1);
  CU_ASSERT_EQUAL(price_at(&list, MODEL, "ifc", 50), 5);
  CU_ASSERT_EQUAL(price_at(&list, MODEL, "dwg", 0), 1);
  CU_ASSERT_EQUAL(price_at(&list, MODEL, "dwg", 60), 2);
  CU_ASSERT(reads(step_at(&list, MODEL, "ifc", 50)->sku, "complex"));
  CU_ASSERT(reads(step_at(&list, MODEL, "dwg", 10)->sku, "simple"));
  CU_ASSERT(reads(step_at(&list, MODEL, "DWG", LONG_AGO)->sku, "DWG"));   /* as given */
  CU_ASSERT(reads(step_at(&list, MODEL, "COMPLEX", 10)->sku, "complex")); /* as the card has it */
  CU_ASSERT_EQUAL(price_at(&list, MODEL, NULL, 10), -1);
  CU_ASSERT_EQUAL(step_at(&list, MODEL, NULL, 10)->sku.size, -1);
}

static void a_star_row_prices_the_rest(void) {
  struct card_row rows[] = {sold(MODEL, "*", 0, 7), sold(MODEL, "photo", 100, 3)};
  struct price_list list = list_of(NULL, 0, rows, 2);
  CU_ASSERT_EQUAL(price_at(&list, MODEL, "mesh", 0), 7);
  CU_ASSERT(reads(step_at(&list, MODEL, "mesh", 0)->card_sku, "*"));
  CU_ASSERT(reads(step_at(&list, MODEL, "mesh", 0)->sku, "mesh"));
  CU_ASSERT_EQUAL(price_at(&list, MODEL, NULL, 0), 7);
  CU_ASSERT_EQUAL(price_at(&list, MODEL, "photo", 99), -1); /* it has rows of its own */
  CU_ASSERT_EQUAL(price_at(&list, MODEL, "photo", 100), 3);
}

static void a_row_is_found_by_its_key(void) {
  struct card_row rows[] = {sold(MODEL, "complex", 0, 5), sold(MODEL, "complex", 10, 6)};
  struct price_list list = list_of(NULL, 0, rows, 2);
  struct dated_name here = key(MODEL, "Complex", 10), early = key(MODEL, "complex", 5),
                    late = key(MODEL, "complex", 11);
  CU_ASSERT_EQUAL(price_list_row(&list, &here)->rate.units, 6);
  CU_ASSERT_PTR_NULL(price_list_row(&list, &early));
  CU_ASSERT_PTR_NULL(price_list_row(&list, &late));
}

/* D119: tiers and carry over need what was used before, for all rows of the api and sku. */
static void one_row_makes_a_sku_metered(void) {
  struct card_row rows[] = {sold(MODEL, "complex", 0, 5), sold(MODEL, "complex", 10, 6),
                            sold(MODEL, "simple", 0, 1),  sold(DESIGN, "complex", 0, 1),
                            sold(DESIGN, "revit", 0, 1),  sold(MODEL, "complex", 20, 7)};
  struct price_list list;
  rows[1].rate.tier_count = 1;
  rows[4].rate.rounding = ROUNDING_CARRY;
  list = list_of(NULL, 0, rows, 6);
  price_list_note_metered(&list);
  CU_ASSERT(step_at(&list, MODEL, "complex", 0)->rate->metered);
  CU_ASSERT(step_at(&list, MODEL, "complex", 10)->rate->metered);
  CU_ASSERT(step_at(&list, MODEL, "complex", 20)->rate->metered);
  CU_ASSERT(!step_at(&list, MODEL, "simple", 0)->rate->metered);
  CU_ASSERT(!step_at(&list, DESIGN, "complex", 0)->rate->metered);
  CU_ASSERT(step_at(&list, DESIGN, "revit", 0)->rate->metered);
}

static const struct unit_test tests[] = {
    {"names do not regard case", names_do_not_regard_case},
    {"an api has a name and aliases", an_api_has_a_name_and_aliases},
    {"a rate holds from its date on", a_rate_holds_from_its_date_on},
    {"a rate without tokens ends the price", a_rate_without_tokens_ends_the_price},
    {"an alias holds from its date on", an_alias_holds_from_its_date_on},
    {"a '*' row prices the rest", a_star_row_prices_the_rest},
    {"a row is found by its key", a_row_is_found_by_its_key},
    {"one row makes a sku metered", one_row_makes_a_sku_metered},
    {NULL, NULL}};

const struct unit_suite suite_tariff = {"tariff", tests};
