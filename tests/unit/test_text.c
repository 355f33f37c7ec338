#include "unit.h"

#include "core/text.h"

static void texts_are_equal_by_length_and_bytes(void) {
  static const char bytes[] = "a\0b";
  const struct text whole = {bytes, 3}, other = {"a\0c", 3}, begin = {bytes, 1};
  const struct text same = {"a\0b", 3};
  CU_ASSERT(text_equal(whole, same));
  CU_ASSERT_FALSE(text_equal(whole, other));
  CU_ASSERT_FALSE(text_equal(whole, begin));
  CU_ASSERT_FALSE(text_equal(begin, whole));
}

/* Neither has bytes that could be compared. */
static void null_is_not_the_empty_text(void) {
  const struct text null = {NULL, -1}, another = {NULL, -1}, empty = {"", 0}, none = {NULL, 0};
  CU_ASSERT(text_equal(null, another));
  CU_ASSERT(text_equal(empty, none));
  CU_ASSERT_FALSE(text_equal(null, empty));
  CU_ASSERT_FALSE(text_equal(empty, null));
}

static const struct unit_test tests[] = {
    {"texts are equal by length and bytes", texts_are_equal_by_length_and_bytes},
    {"null is not the empty text", null_is_not_the_empty_text},
    {NULL, NULL},
};

const struct unit_suite suite_text = {"text", tests};
