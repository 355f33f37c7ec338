#include "unit.h"

#include <string.h>

#include "core/late.h"

/* Kind 1 pays api 1 alone. */
static const unsigned char limited[] = {1, 1, 0, 1};

static struct late_lot a_lot(int64_t start, int64_t end, int64_t used_up) {
  struct late_lot late;
  memset(&late, 0, sizeof(late));
  late.lot.units = 100;
  late.lot.start_ms = start;
  late.lot.end_ms = end;
  late.used_up_ms = used_up;
  return late;
}

static void the_first_lot_that_was_not_used_up_pays(void) {
  struct timeline rules;
  struct late_lot lots[] = {a_lot(60, 900, NEVER), a_lot(0, 50, NEVER), a_lot(0, 900, 49),
                            a_lot(0, 900, NEVER)};
  memset(&rules, 0, sizeof(rules));
  CU_ASSERT_EQUAL(late_candidate(&rules, lots, 4, 50, 0), 3);
  CU_ASSERT_EQUAL(late_candidate(&rules, lots, 3, 50, 0), -1);
  CU_ASSERT_EQUAL(late_candidate(&rules, lots, 1, 60, 0), 0);
}

/* It would be used up sooner, or its last payment would be smaller. */
static void a_lot_that_is_used_up_later_does_not(void) {
  struct timeline rules;
  struct late_lot lots[] = {a_lot(0, 900, 50), a_lot(0, 900, NEVER)};
  memset(&rules, 0, sizeof(rules));
  CU_ASSERT_EQUAL(late_candidate(&rules, lots, 2, 50, 0), -1);
}

static void kinds_limited_to_apis(void) {
  struct timeline rules;
  struct late_lot lots[] = {a_lot(0, 900, NEVER), a_lot(0, 900, NEVER)};
  memset(&rules, 0, sizeof(rules));
  rules.pays = limited;
  rules.api_count = 2;
  lots[0].lot.kind = 1;
  CU_ASSERT_EQUAL(late_candidate(&rules, lots, 2, 50, 0), 1);
  CU_ASSERT_EQUAL(late_candidate(&rules, lots, 2, 50, 1), 0);
  lots[0].moves = true;
  CU_ASSERT_EQUAL(late_candidate(&rules, lots, 2, 50, 1), -1);
  rules.pays = NULL;
  CU_ASSERT_EQUAL(late_candidate(&rules, lots, 2, 50, 1), 0);
}

static void something_must_be_left(void) {
  struct late_lot late = a_lot(0, 900, NEVER);
  late.lot.used = 60;
  CU_ASSERT(late_suffices(&late.lot, 39));
  CU_ASSERT_FALSE(late_suffices(&late.lot, 40));
}

/* Sums that no settling wrote: they are not counted on, whatever they are. */
static void what_a_lot_has_paid(void) {
  struct late_lot late = a_lot(0, 900, NEVER);
  static const int64_t wrong[] = {INT64_MIN, -1, 101, INT64_MAX};
  int64_t used = 7;
  CU_ASSERT(lot_has_paid(&late.lot, 60, 40, &used));
  CU_ASSERT_EQUAL(used, 100);
  CU_ASSERT(lot_has_paid(&late.lot, 0, 0, &used));
  CU_ASSERT_EQUAL(used, 0);
  CU_ASSERT_FALSE(lot_has_paid(&late.lot, 60, 41, &used));
  for (int i = 0; i < 4; i++) {
    for (int j = 0; j < 4; j++) {
      used = 7;
      CU_ASSERT_FALSE(lot_has_paid(&late.lot, wrong[i], wrong[j], &used));
      CU_ASSERT_EQUAL(used, 0);
    }
    CU_ASSERT_FALSE(lot_has_paid(&late.lot, wrong[i], 1, &used));
    CU_ASSERT_FALSE(lot_has_paid(&late.lot, 1, wrong[i], &used));
    CU_ASSERT_FALSE(lot_can_pay(&late.lot, wrong[i]));
  }
  late.lot.units = INT64_MAX; /* each could be, their sum can't */
  used = 7;
  CU_ASSERT_FALSE(lot_has_paid(&late.lot, INT64_MAX, 1, &used));
  CU_ASSERT_EQUAL(used, 0);
}

static const struct unit_test tests[] = {
    {"the first lot that was not used up pays", the_first_lot_that_was_not_used_up_pays},
    {"a lot that is used up later does not", a_lot_that_is_used_up_later_does_not},
    {"kinds limited to apis", kinds_limited_to_apis},
    {"something must be left", something_must_be_left},
    {"what a lot has paid", what_a_lot_has_paid},
    {NULL, NULL},
};

const struct unit_suite suite_late = {"late", tests};
