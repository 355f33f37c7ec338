#include "unit.h"

#include "core/span.h"

/* Every instant before `at` lies in one range of one level, by the span of that level. */
static int times_counted(int64_t instant, int64_t at) {
  struct span_range ranges[SPAN_LEVELS];
  int count = 0;
  spans_before(at, ranges);
  for (int level = 0; level < SPAN_LEVELS; level++) {
    int64_t begin = span_begin(level, instant);
    count += begin >= ranges[level].from_ms && begin < ranges[level].to_ms;
  }
  return count;
}

static const int64_t steps[] = {1,        2,          255,     4095,    4096,
                                4097,     1 << 20,    1048577, 1 << 28, INT64_C(1) << 36,
                                86400000, 31536000000};
static const int64_t instants[] = {
    0, 1, -1, 1735689600000, 1735689600001, -62167219200000, 253402300799999};

static void what_is_before_counts_once(void) {
  for (size_t i = 0; i < sizeof(instants) / sizeof(*instants); i++) {
    for (size_t j = 0; j < sizeof(steps) / sizeof(*steps); j++) {
      CU_ASSERT_EQUAL(times_counted(instants[i] - steps[j], instants[i]), 1);
      CU_ASSERT_EQUAL(times_counted(instants[i] + steps[j], instants[i]), 0);
    }
    CU_ASSERT_EQUAL(times_counted(instants[i], instants[i]), 0);
  }
}

static void spans_lie_in_each_other(void) {
  for (size_t i = 0; i < sizeof(instants) / sizeof(*instants); i++) {
    CU_ASSERT_EQUAL(span_begin(0, instants[i]), instants[i]);
    for (int level = 1; level < SPAN_LEVELS; level++) {
      int64_t begin = span_begin(level, instants[i]);
      CU_ASSERT(begin <= instants[i]);
      CU_ASSERT_EQUAL(span_begin(level, span_begin(level - 1, instants[i])), begin);
      CU_ASSERT_EQUAL(span_begin(level, begin), begin);
      CU_ASSERT_NOT_EQUAL(span_begin(level, begin - 1), begin);
    }
  }
}

/* So that a sum reads few rows. */
static void ranges_are_short(void) {
  static const int64_t most[SPAN_LEVELS] = {4096, 256, 256, 256, INT64_MAX};
  static const int bits[SPAN_LEVELS] = {0, 12, 20, 28, 36};
  for (size_t i = 0; i < sizeof(instants) / sizeof(*instants); i++) {
    struct span_range ranges[SPAN_LEVELS];
    spans_before(instants[i], ranges);
    for (int level = 0; level + 1 < SPAN_LEVELS; level++) {
      CU_ASSERT((ranges[level].to_ms - ranges[level].from_ms) >> bits[level] < most[level]);
    }
  }
}

static void the_ends_of_time(void) {
  struct span_range ranges[SPAN_LEVELS];
  for (int level = 0; level < SPAN_LEVELS; level++) {
    CU_ASSERT_EQUAL(span_begin(level, INT64_MIN), INT64_MIN);
    CU_ASSERT(span_begin(level, INT64_MAX) <= INT64_MAX);
  }
  spans_before(INT64_MIN, ranges);
  for (int level = 0; level < SPAN_LEVELS; level++) {
    CU_ASSERT_EQUAL(ranges[level].to_ms, INT64_MIN);
  }
  spans_before(INT64_MAX, ranges);
  CU_ASSERT_EQUAL(ranges[0].to_ms, INT64_MAX);
  CU_ASSERT_EQUAL(ranges[SPAN_LEVELS - 1].from_ms, INT64_MIN);
}

static const struct unit_test tests[] = {
    {"what is before counts once", what_is_before_counts_once},
    {"spans lie in each other", spans_lie_in_each_other},
    {"ranges are short", ranges_are_short},
    {"the ends of time", the_ends_of_time},
    {NULL, NULL},
};

const struct unit_suite suite_span = {"span", tests};
