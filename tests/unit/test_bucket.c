#include "unit.h"

#include "core/bucket.h"
#include "core/instant.h"

#define HOUR INT64_C(3600000)

static struct text text_of(const char *bytes) {
  return (struct text){bytes, (int)strlen(bytes)};
}

static int64_t ms_of(const char *text) {
  int64_t ms = 0;
  CU_ASSERT_TRUE(instant_parse(text, strlen(text), &ms));
  return ms;
}

static void has(const char *at, enum step step, int64_t offset_ms, const char *start,
                const char *end) {
  CU_ASSERT_EQUAL(bucket_start(ms_of(at), step, offset_ms), ms_of(start));
  CU_ASSERT_EQUAL(bucket_end(ms_of(at), step, offset_ms), ms_of(end));
}

static void steps_have_names(void) {
  for (int step = 0; step < STEP_COUNT; step++) {
    CU_ASSERT_EQUAL((int)step_read(text_of(step_name((enum step)step))), step);
  }
  CU_ASSERT_EQUAL(step_read(text_of("days")), STEP_COUNT);
  CU_ASSERT_EQUAL(step_read(text_of("Day")), STEP_COUNT);
  CU_ASSERT_EQUAL(step_read(text_of("")), STEP_COUNT);
}

static void zones_are_offsets(void) {
  int64_t ms = 7;
  CU_ASSERT_TRUE(zone_read(text_of("+09:00"), &ms));
  CU_ASSERT_EQUAL(ms, 9 * HOUR);
  CU_ASSERT_TRUE(zone_read(text_of("-03:30"), &ms));
  CU_ASSERT_EQUAL(ms, -3 * HOUR - HOUR / 2);
  CU_ASSERT_TRUE(zone_read(text_of("+00:30"), &ms));
  CU_ASSERT_EQUAL(ms, HOUR / 2);
  CU_ASSERT_TRUE(zone_read(text_of("-00:00"), &ms));
  CU_ASSERT_EQUAL(ms, 0);
  CU_ASSERT_TRUE(zone_read(text_of("+23:59"), &ms));
  CU_ASSERT_EQUAL(ms, 24 * HOUR - HOUR / 60);
  CU_ASSERT_TRUE(zone_read(text_of("Z"), &ms));
  CU_ASSERT_EQUAL(ms, 0);
}

static void what_is_no_zone_is_refused(void) {
  static const char *const wrong[] = {"",       "z",      "Y",       "+9:00",  "+0900",  "*09:00",
                                      "+09.00", "+24:00", "+09:60",  "+0/:00", "+0::00", "+x9:00",
                                      "+:9:00", "+09:0a", "+09:00 ", "+ 9:00"};
  int64_t ms = 7;
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    CU_ASSERT_FALSE(zone_read(text_of(wrong[i]), &ms));
  }
  CU_ASSERT_EQUAL(ms, 7);
}

static void months_have_two_ends(void) {
  int64_t start, end;
  CU_ASSERT_TRUE(month_read(text_of("2024-02"), 0, &start, &end));
  CU_ASSERT_EQUAL(start, ms_of("2024-02-01 00:00:00"));
  CU_ASSERT_EQUAL(end, ms_of("2024-03-01 00:00:00"));
  CU_ASSERT_TRUE(month_read(text_of("2024-12"), 9 * HOUR, &start, &end));
  CU_ASSERT_EQUAL(start, ms_of("2024-11-30 15:00:00"));
  CU_ASSERT_EQUAL(end, ms_of("2024-12-31 15:00:00"));
  CU_ASSERT_TRUE(month_read(text_of("9999-12"), 0, &start, &end));
  CU_ASSERT_EQUAL(end, INSTANT_MAX + 1);
  CU_ASSERT_FALSE(month_read(text_of("2024-13"), 0, &start, &end));
  CU_ASSERT_FALSE(month_read(text_of("2024-1"), 0, &start, &end));
}

static void buckets_begin_where_the_zone_says(void) {
  has("2025-07-28 09:30:00", STEP_HOUR, 0, "2025-07-28 09:00:00", "2025-07-28 10:00:00");
  has("2025-07-28 09:10:00", STEP_HOUR, HOUR / 2, "2025-07-28 08:30:00", "2025-07-28 09:30:00");
  has("2025-07-28 09:30:00", STEP_DAY, 0, "2025-07-28 00:00:00", "2025-07-29 00:00:00");
  has("2025-07-28 15:00:00", STEP_DAY, 9 * HOUR, "2025-07-28 15:00:00", "2025-07-29 15:00:00");
  has("2025-07-31 15:00:00", STEP_MONTH, 9 * HOUR, "2025-07-31 15:00:00", "2025-08-31 15:00:00");
  has("2025-07-31 14:59:59.999", STEP_MONTH, 9 * HOUR, "2025-06-30 15:00:00",
      "2025-07-31 15:00:00");
}

static void weeks_begin_on_monday(void) {
  has("2025-07-28 00:00:00", STEP_WEEK, 0, "2025-07-28 00:00:00", "2025-08-04 00:00:00");
  has("2025-07-27 23:59:59", STEP_WEEK, 0, "2025-07-21 00:00:00", "2025-07-28 00:00:00");
  has("1970-01-01 00:00:00", STEP_WEEK, 0, "1969-12-29 00:00:00", "1970-01-05 00:00:00");
}

static void a_change_is_a_millisecond(void) {
  CU_ASSERT_EQUAL(bucket_start(12345, STEP_CHANGE, HOUR), 12345);
  CU_ASSERT_EQUAL(bucket_end(12345, STEP_CHANGE, HOUR), 12346);
}

static void the_last_month_ends(void) {
  CU_ASSERT_EQUAL(bucket_end(INSTANT_MAX, STEP_MONTH, 0), INSTANT_MAX + 1);
  CU_ASSERT_EQUAL(bucket_end(INSTANT_MAX, STEP_MONTH, 9 * HOUR), INSTANT_MAX + 1);
}

static const struct unit_test tests[] = {
    {"steps have names", steps_have_names},
    {"zones are offsets", zones_are_offsets},
    {"what is no zone is refused", what_is_no_zone_is_refused},
    {"months have two ends", months_have_two_ends},
    {"buckets begin where the zone says", buckets_begin_where_the_zone_says},
    {"weeks begin on Monday", weeks_begin_on_monday},
    {"a change is a millisecond", a_change_is_a_millisecond},
    {"the last month ends", the_last_month_ends},
    {NULL, NULL},
};

const struct unit_suite suite_bucket = {"bucket", tests};
