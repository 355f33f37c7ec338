#include "unit.h"

#include <string.h>

#include "core/instant.h"

static int is_canonical(const char *text) {
  int64_t ms;
  return instant_parse(text, strlen(text), &ms);
}

static void takes_the_canonical_spelling_only(void) {
  CU_ASSERT(is_canonical("2025-07-30 10:11:12"));
  CU_ASSERT(is_canonical("2025-07-30 10:11:12.001"));
  CU_ASSERT(is_canonical("0000-01-01 00:00:00"));
  CU_ASSERT(is_canonical("9999-12-31 23:59:59.999"));
  CU_ASSERT(is_canonical("2024-02-29 00:00:00"));
  CU_ASSERT(is_canonical("2000-02-29 00:00:00"));
  static const char *const wrong[] = {
      "",
      "2025-07-30",
      "2025-07-30 10:11",
      "2025-07-30T10:11:12",
      "2025-07-30 10:11:12Z",
      "2025-07-30 10:11:12.000",
      "2025-07-30 10:11:12.1",
      "2025-07-30 10:11:12.12",
      "2025-07-30 10:11:12.1234",
      "2025-07-30 10:11:12,123",
      "2025-07-30 10:11:12.12x",
      "2025-07-30 10:11:60",
      "2025-07-30 10:60:00",
      "2025-07-30 24:00:00",
      "2025-02-29 00:00:00",
      "1900-02-29 00:00:00",
      "2025-00-10 00:00:00",
      "2025-13-10 00:00:00",
      "2025-04-31 00:00:00",
      "2025-04-00 00:00:00",
      " 2025-07-30 10:11:12",
      "2025-07-30 10:11:12 ",
      "2025-7-30 10:11:12",
      "+025-07-30 10:11:12",
      "2025-07-30 1a:11:12",
      "2025/07/30 10:11:12",
      "2025-07/30 10:11:12",
      "2025-07-30 10:11.12",
      "2025-07-30 10:1a:12",
      "-001-01-01 00:00:00",
      "2025-07-30 10.11.12",
      "now",
  };
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    if (is_canonical(wrong[i])) CU_FAIL(wrong[i]);
  }
  int64_t ms = 7;
  CU_ASSERT_FALSE(instant_parse("2025-07-30 10:11:12\0.001", 24, &ms));
  CU_ASSERT_FALSE(instant_parse("2025-07-30 10:11:1\0", 19, &ms));
  CU_ASSERT_EQUAL(ms, 7);
}

static int64_t ms_of(const char *text) {
  int64_t ms = -1;
  CU_ASSERT_TRUE(instant_parse(text, strlen(text), &ms));
  return ms;
}

static void counts_milliseconds_since_1970(void) {
  CU_ASSERT_EQUAL(ms_of("1970-01-01 00:00:00"), 0);
  CU_ASSERT_EQUAL(ms_of("1969-12-31 23:59:59.999"), -1);
  CU_ASSERT_EQUAL(ms_of("2022-11-07 00:00:00"), INT64_C(1667779200000));
  CU_ASSERT_EQUAL(ms_of("2000-02-29 12:34:56.789"), INT64_C(951827696789));
  CU_ASSERT_EQUAL(ms_of("0000-01-01 00:00:00"), INSTANT_MIN);
  CU_ASSERT_EQUAL(ms_of("9999-12-31 23:59:59.999"), INSTANT_MAX);
}

/* Every day there is, counted one by one, and each written as it is read. */
static void every_day_of_the_calendar_is_its_own_inverse(void) {
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  char text[INSTANT_TEXT_SIZE], expected[INSTANT_TEXT_SIZE] = "YYYY-MM-DD 00:00:00";
  int64_t day = INSTANT_MIN / MS_PER_DAY;
  for (int year = 0; year <= 9999; year++) {
    int leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
    for (int i = 0, y = year; i < 4; i++, y /= 10) expected[3 - i] = (char)('0' + y % 10);
    for (int month = 1; month <= 12; month++) {
      expected[5] = (char)('0' + month / 10);
      expected[6] = (char)('0' + month % 10);
      for (int d = 1; d <= lengths[month - 1] + (month == 2 ? leap : 0); d++, day++) {
        expected[8] = (char)('0' + d / 10);
        expected[9] = (char)('0' + d % 10);
        instant_format(day * MS_PER_DAY, text);
        if (strcmp(text, expected) != 0 || ms_of(text) != day * MS_PER_DAY) CU_FAIL_FATAL(text);
      }
    }
  }
  CU_ASSERT_EQUAL(day * MS_PER_DAY, INSTANT_MAX + 1);
}

static void formats_the_milliseconds_only_when_there_are_any(void) {
  char text[INSTANT_TEXT_SIZE];
  instant_format(-1, text);
  CU_ASSERT_STRING_EQUAL(text, "1969-12-31 23:59:59.999");
  instant_format(-1000, text);
  CU_ASSERT_STRING_EQUAL(text, "1969-12-31 23:59:59");
  instant_format(INT64_C(1667779200050), text);
  CU_ASSERT_STRING_EQUAL(text, "2022-11-07 00:00:00.050");
  instant_format(INT64_MIN, text);
  CU_ASSERT_STRING_EQUAL(text, "0000-01-01 00:00:00");
  instant_format(INT64_MAX, text);
  CU_ASSERT_STRING_EQUAL(text, "9999-12-31 23:59:59.999");
}

static const struct {
  const char *iso, *utc;
} forms[] = {
    {"2025-07-30T10:11:12Z", "2025-07-30 10:11:12"},
    {"2025-07-30t10:11:12z", "2025-07-30 10:11:12"},
    {"2025-07-30 10:11:12", "2025-07-30 10:11:12"},
    {"2025-07-30 10:11:12.000", "2025-07-30 10:11:12"},
    {"2025-07-30T10:11:12+09:00", "2025-07-30 01:11:12"},
    {"2025-07-30T10:11:12-0930", "2025-07-30 19:41:12"},
    {"2025-07-30T10:11:12+09", "2025-07-30 01:11:12"},
    {"2025-07-30T00:00:00-00:00", "2025-07-30 00:00:00"},
    {"2025-01-01T00:30+01:00", "2024-12-31 23:30:00"},
    {"2019-11-13T20:22:25.587368Z", "2019-11-13 20:22:25.587"},
    {"2019-11-13T20:26:03.3608278Z", "2019-11-13 20:26:03.360"},
    {"2025-07-30T10:11:12,9999999999999999999999", "2025-07-30 10:11:12.999"},
    {"1969-12-31T23:59:59.9999Z", "1969-12-31 23:59:59.999"},
    {"1969-12-31T23:59:59.0001Z", "1969-12-31 23:59:59"},
    {"2025-07-30T10:11", "2025-07-30 10:11:00"},
    {"2025-07-30T10:11.5Z", "2025-07-30 10:11:30"},
    {"2025-07-30T10", "2025-07-30 10:00:00"},
    {"2025-07-30T10,51Z", "2025-07-30 10:30:36"},
    {"2025-07-30", "2025-07-30 00:00:00"},
    {"20250730T101112Z", "2025-07-30 10:11:12"},
    {"20250730T101112.5+0900", "2025-07-30 01:11:12.500"},
    {"20250730T1011Z", "2025-07-30 10:11:00"},
    {"20250730", "2025-07-30 00:00:00"},
    {"2025-211T10:11:12Z", "2025-07-30 10:11:12"},
    {"2025211", "2025-07-30 00:00:00"},
    {"2024-366", "2024-12-31 00:00:00"},
    {"2025-W31-3", "2025-07-30 00:00:00"},
    {"2025W313T101112Z", "2025-07-30 10:11:12"},
    {"2020-W53-7", "2021-01-03 00:00:00"},
    {"2026-W01-1", "2025-12-29 00:00:00"},
    {"2024-12-31T24:00:00Z", "2025-01-01 00:00:00"},
    {"2024-12-31T24:00:00.000+01:00", "2024-12-31 23:00:00"},
    {"0000-01-01T00:00:00Z", "0000-01-01 00:00:00"},
    {"9999-12-31T23:59:59.9999Z", "9999-12-31 23:59:59.999"},
    /* as drivers send them */
    {"2025-02-03 04:05:06.000", "2025-02-03 04:05:06"},
    {"2025-02-03 04:05:06.0", "2025-02-03 04:05:06"},
    {"2025-02-03 04:05:06.000000", "2025-02-03 04:05:06"},
    {"2025-02-03 04:05:06.250000", "2025-02-03 04:05:06.250"},
    {"2025-02-03 04:05:06.000000+00:00", "2025-02-03 04:05:06"},
    {"2025-02-03 04:05:06+00:00", "2025-02-03 04:05:06"},
    {"2025-02-03 04:05:06+05:45", "2025-02-02 22:20:06"},
    {"2025-02-03 04:05:06+0900", "2025-02-02 19:05:06"},
    {"2025-02-03 04:05:06 +09:00", "2025-02-02 19:05:06"},
    {"2025-02-03 04:05:06 -0930", "2025-02-03 13:35:06"},
    {"2025-02-03 04:05:06 +0000 UTC", "2025-02-03 04:05:06"},
    {"2025-02-03 04:05:06 +0000", "2025-02-03 04:05:06"},
    {"2025-02-03 04:05:06.25 +0000 UTC", "2025-02-03 04:05:06.250"},
    {"2025-02-03 04:05:06 UTC", "2025-02-03 04:05:06"},
    {"2025-02-03 04:05:06 Z", "2025-02-03 04:05:06"},
    {"2025-02-03 04:05:06 z", "2025-02-03 04:05:06"},
    {"2025-02-03 04:05", "2025-02-03 04:05:00"},
    {"2025-02-03 04:05Z", "2025-02-03 04:05:00"},
    /* leap seconds */
    {"2016-12-31T23:59:60Z", "2017-01-01 00:00:00"},
    {"2016-12-31 23:59:60", "2017-01-01 00:00:00"},
    {"2016-12-31T23:59:60.5Z", "2017-01-01 00:00:00.500"},
    {"2016-12-31T23:59:60.9999Z", "2017-01-01 00:00:00.999"},
    {"2017-01-01T08:59:60+09:00", "2017-01-01 00:00:00"},
    {"2016-12-31T18:29:60.250-0530", "2017-01-01 00:00:00.250"},
    {"19681231T235960Z", "1969-01-01 00:00:00"},
    {"1968-12-31T23:59:60.25Z", "1969-01-01 00:00:00.250"},
};

static void reads_every_form_of_iso_8601(void) {
  for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
    char text[INSTANT_TEXT_SIZE] = "";
    int64_t ms;
    if (instant_parse_iso(forms[i].iso, strlen(forms[i].iso), &ms)) instant_format(ms, text);
    if (strcmp(text, forms[i].utc) != 0) CU_FAIL(forms[i].iso);
  }
}

static enum instant_result result_of(const char *text) {
  struct instant instant;
  return instant_read(text, strlen(text), &instant);
}

static const char *const no_times[] = {
    "",
    " ",
    "now",
    "today",
    "2025-7-30",
    "30.07.2025",
    "07/30/2025",
    "2025-07-30T",
    "2025-07-30Z",
    "2025-07-30+09:00",
    "2025-07-30  10:11:12",
    "2025-07-30T10:11:12  Z",
    "2025-07-30T10:11:12 ",
    "2025-07-30T10:11:12UTC",
    "2025-07-30T10:11:12 utc",
    "2025-07-30T10:11:12 U",
    "2025-07-30T10:11:12 UT",
    "2025-07-30T10:11:12 UTC ",
    "2025-07-30T10:11:12 +0000 ",
    "2025-07-30T10:11:12 +0000 JST",
    "2025-07-30T10:11:12 +0900 UTC",
    "2025-07-30T10:11:12+0000 UTC",
    "2025-07-30T10:11:12 09:00",
    "2025-07-30T10:11:12 +09:00 +09:00",
    "2025-07-30T10:11:12Zx",
    "2025-07-30T10:11:12+9",
    "2025-07-30T1",
    "2025-07-30T10:11:12+24:00",
    "2025-07-30T10:11:12+09:60",
    "2025-07-30T10:11:12+09:0",
    "2025-07-30T10:11:12.",
    "2025-07-30T10:11:12.Z",
    "2025-07-30T10:11:60Z",
    "2025-07-30T10:11:61Z",
    "2025-07-30T23:59:60+09:00",
    "2016-12-31T08:59:60Z",
    "2016-12-31T24:00:60Z",
    "9999-12-31T23:59:60Z",
    "2025-07-30T10:60Z",
    "2025-07-30T25:00:00",
    "2025-07-30T24:00:01",
    "2025-07-30T24:00:00.0001",
    "2025-07-30T24:00:00.001",
    "2025-07-30T24:01",
    "2025-07-30T10:",
    "2025-07-30T10:1",
    "2025-07-30T10:11:1",
    "2025-07-30T1011123",
    "2025-02-29",
    "2025-366",
    "2025-000",
    "2024-367",
    "2025-W53-1",
    "2025-W00-1",
    "2025-W31-8",
    "2025-W31-0",
    "2025-W53",
    "2025-W3",
    "2025W31-3",
    "2025-W313",
    "2025-W31-",
    "2025-13",
    "2025-00",
    "202513",
    "2025-",
    "2025-07-",
    "2025-07-3",
    "2025-2a1",
    "2025-07T10:11:12",
    "2025T10:11:12",
    "2025-W31 10:11:12",
    "2025-07-30T1O:11:12Z",
    "2025-07-30T10:11:12.5x",
    "2025-07-30T10:11:12./",
    "+2025-07-30",
    "-2025-07-30",
    "2025-0730",
    "202507-30",
    "0000-01-01T00:00:00+00:01",
    "9999-12-31T24:00:00",
    "9999-12-31T23:59:59-00:01",
    "1667779200",
};

static void refuses_what_is_no_time(void) {
  for (size_t i = 0; i < sizeof(no_times) / sizeof(no_times[0]); i++) {
    if (result_of(no_times[i]) != INSTANT_NOT_A_TIME) CU_FAIL(no_times[i]);
  }
  int64_t ms = 7;
  CU_ASSERT_FALSE(instant_parse_iso("2025-07-30\0", 11, &ms));
  CU_ASSERT_FALSE(instant_parse_iso("2025-07-30T10:11:12Z\0", 21, &ms));
  CU_ASSERT_EQUAL(ms, 7);
}

/* Not taken as its first day: whoever writes a month may well mean all of it. */
static void names_what_is_only_a_part_of_a_date(void) {
  CU_ASSERT_EQUAL(result_of("2025"), INSTANT_A_YEAR);
  CU_ASSERT_EQUAL(result_of("2025-07"), INSTANT_A_MONTH);
  CU_ASSERT_EQUAL(result_of("202507"), INSTANT_A_MONTH);
  CU_ASSERT_EQUAL(result_of("2025-W31"), INSTANT_A_WEEK);
  CU_ASSERT_EQUAL(result_of("2025W31"), INSTANT_A_WEEK);
  struct instant instant = {7, true, false};
  CU_ASSERT_EQUAL(instant_read("2025-07", 7, &instant), INSTANT_A_MONTH);
  CU_ASSERT(instant.ms == 7 && instant.date_only && !instant.exact);
}

static struct instant instant_of(const char *text) {
  struct instant instant = {-1, false, false};
  if (instant_read(text, strlen(text), &instant) != INSTANT_OK) CU_FAIL(text);
  return instant;
}

static void tells_what_may_be_a_fact(void) {
  static const char *const facts[] = {
      "2025-02-03 04:05:06",       "2025-02-03 04:05:06.250",
      "2025-02-03T04:05:06.2500Z", "2025-02-03 04:05:06.000000+00:00",
      "2025-02-03T04:05+09:00",    "2025-02-03T04,25",
      "2025-02-03T24:00:00",       "2016-12-31T23:59:60.001Z",
  };
  static const char *const others[] = {
      "2025-02-03",
      "20250203",
      "2025-W31-3",
      "2025-02-03 04:05:06.0001",
      "2025-02-03 04:05:06.2500000000000000000000000001",
      "1969-12-31T23:59:59.9999Z",
      "2016-12-31T23:59:60.0001Z",
      "2025-02-03T04:05.00001",    /* 0.6 ms */
      "2025-02-03T04.00000000001", /* less than a millisecond of an hour */
  };
  for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
    struct instant instant = instant_of(facts[i]);
    if (!instant_may_be_fact(&instant)) CU_FAIL(facts[i]);
  }
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
    struct instant instant = instant_of(others[i]);
    if (instant_may_be_fact(&instant)) CU_FAIL(others[i]);
  }
}

static void compares_with_what_lies_between_two_milliseconds(void) {
  struct instant at = instant_of("1970-01-01T00:00:01Z");
  struct instant after = instant_of("1970-01-01T00:00:01.0000000001Z");
  CU_ASSERT(instant_compare(999, &at) < 0);
  CU_ASSERT(instant_compare(1000, &at) == 0);
  CU_ASSERT(instant_compare(1001, &at) > 0);
  CU_ASSERT(instant_compare(1000, &after) < 0);
  CU_ASSERT(instant_compare(1001, &after) > 0);
  after = instant_of("1969-12-31T23:59:59.9999Z");
  CU_ASSERT(instant_compare(-1, &after) < 0);
  CU_ASSERT(instant_compare(0, &after) > 0);
}

static const struct unit_test tests[] = {
    {"takes the canonical spelling only", takes_the_canonical_spelling_only},
    {"counts milliseconds since 1970", counts_milliseconds_since_1970},
    {"every day of the calendar is its own inverse", every_day_of_the_calendar_is_its_own_inverse},
    {"formats the milliseconds only when there are any",
     formats_the_milliseconds_only_when_there_are_any},
    {"reads every form of ISO 8601", reads_every_form_of_iso_8601},
    {"refuses what is no time", refuses_what_is_no_time},
    {"names what is only a part of a date", names_what_is_only_a_part_of_a_date},
    {"tells what may be a fact", tells_what_may_be_a_fact},
    {"compares with what lies between two milliseconds",
     compares_with_what_lies_between_two_milliseconds},
    {NULL, NULL},
};

const struct unit_suite suite_instant = {"instant", tests};
