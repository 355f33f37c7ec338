#include "unit.h"

#include <string.h>

#include "core/utf8.h"

#define TEXT(literal) literal, sizeof(literal) - 1

static uint32_t first_of(const char *text, size_t n) {
  size_t taken = 99;
  uint32_t character = utf8_next(text, n, &taken);
  CU_ASSERT_EQUAL(taken, character == UTF8_INVALID ? 1 : n);
  return character;
}

static void reads_characters(void) {
  CU_ASSERT_EQUAL(first_of(TEXT("a")), 'a');
  CU_ASSERT_EQUAL(first_of(TEXT("\0")), 0);
  CU_ASSERT_EQUAL(first_of(TEXT("\x7f")), 0x7F);
  CU_ASSERT_EQUAL(first_of(TEXT("\xc2\x80")), 0x80);
  CU_ASSERT_EQUAL(first_of(TEXT("\xdf\xbf")), 0x7FF);
  CU_ASSERT_EQUAL(first_of(TEXT("\xe0\xa0\x80")), 0x800);
  CU_ASSERT_EQUAL(first_of(TEXT("\xed\x9f\xbf")), 0xD7FF);
  CU_ASSERT_EQUAL(first_of(TEXT("\xee\x80\x80")), 0xE000);
  CU_ASSERT_EQUAL(first_of(TEXT("\xf0\x90\x80\x80")), 0x10000);
  CU_ASSERT_EQUAL(first_of(TEXT("\xf4\x8f\xbf\xbf")), 0x10FFFF);
}

static void refuses_what_is_no_character(void) {
  static const char *const wrong[] = {"\x80",
                                      "\xff",
                                      "\xc0\xaf",
                                      "\xc1\xbf",
                                      "\xc3",
                                      "\xc3\x28",
                                      "\xe2\x82",
                                      "\xe2\x28\xa1",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xe2\x82\x61"};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    CU_ASSERT_EQUAL(first_of(wrong[i], strlen(wrong[i])), UTF8_INVALID);
    CU_ASSERT_EQUAL(name_check(wrong[i], strlen(wrong[i])), NAME_INVALID);
  }
}

/* The bytes of a character above U+007F, or of an ASCII one; returns how many. */
static size_t write_utf8(uint32_t character, char *out) {
  int tail = character < 0x80 ? 0 : character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
  static const uint32_t lead[] = {0, 0xC0, 0xE0, 0xF0};
  out[0] = (char)(lead[tail] | character >> 6 * tail);
  for (int i = 1; i <= tail; i++) {
    out[i] = (char)(0x80 | (character >> 6 * (tail - i) & 0x3F));
  }
  return (size_t)tail + 1;
}

/* A name of `n` letters x that has a text at the position. */
static enum name_fault check_at(size_t n, size_t position, const char *text, size_t size) {
  char name[64];
  memset(name, 'x', n);
  memcpy(name + position, text, size);
  return name_check(name, n);
}

static void checks_names(void) {
  CU_ASSERT_EQUAL(name_check(TEXT("")), NAME_EMPTY);
  CU_ASSERT_EQUAL(name_check(TEXT(" \t\r\n")), NAME_EMPTY);
  CU_ASSERT_EQUAL(name_check(TEXT("\xe3\x80\x80")), NAME_EMPTY);
  CU_ASSERT_EQUAL(name_check(TEXT("a b")), NAME_GOOD);
  CU_ASSERT_EQUAL(name_check(TEXT("~!")), NAME_GOOD);
  CU_ASSERT_EQUAL(name_check(TEXT("a\xe3\x80\x80z")), NAME_GOOD);
  CU_ASSERT_EQUAL(name_check(TEXT("\xe6\x97\xa5\xe6\x9c\xac")), NAME_GOOD);
  CU_ASSERT_EQUAL(name_check(TEXT("x\xc2\xa0")), NAME_EDGE);
  CU_ASSERT_EQUAL(name_check(TEXT("\xef\xbb\xbfx")), NAME_EDGE);
  CU_ASSERT_EQUAL(name_check(TEXT("x\xe2\x80\x8b")), NAME_EDGE);
  CU_ASSERT_EQUAL(name_check(TEXT(" x\x01y")), NAME_EDGE);
  CU_ASSERT_EQUAL(name_check(TEXT("a\xc2\x81z")), NAME_CONTROL);
}

static size_t write_three(char *text, uint32_t before, uint32_t character, uint32_t after) {
  const uint32_t characters[] = {before, character, after};
  size_t n = 0;
  for (size_t i = 0; i < 3; i++) n += write_utf8(characters[i], text + n);
  return n;
}

/* A text of three characters. */
static enum name_fault check_three(uint32_t before, uint32_t character, uint32_t after) {
  char text[16];
  return name_check(text, write_three(text, before, character, after));
}

/* Which of the three may not be there, wherever in a name they stand. */
static uint32_t hidden_of_three(uint32_t before, uint32_t character, uint32_t after) {
  char text[16];
  return name_find_hidden(text, write_three(text, before, character, after));
}

/* Bidi, format and zero-width characters. */
static const uint32_t unseen[] = {0xAD,   0x61C,  0x200B, 0x200E, 0x200F,  0x202A,  0x202E,
                                  0x2060, 0x2064, 0x2066, 0x2069, 0x206F,  0x3164,  0xFEFF,
                                  0xFFF9, 0x34F,  0x115F, 0xFFA0, 0x1D173, 0xE0001, 0xE0041};

static void refuses_what_is_not_seen(void) {
  for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++) {
    CU_ASSERT_EQUAL(check_three(unseen[i], 'r', 'v'), NAME_EDGE);
    CU_ASSERT_EQUAL(check_three('r', 'v', unseen[i]), NAME_EDGE);
    CU_ASSERT_EQUAL(check_three('r', unseen[i], 'v'), NAME_HIDDEN);
    CU_ASSERT_EQUAL(check_three(0x65E5, unseen[i], 0x672C), NAME_HIDDEN);
    CU_ASSERT_EQUAL(check_three(' ', unseen[i], ' '), NAME_EMPTY);
    CU_ASSERT_EQUAL(check_three(unseen[i], 0x200D, 0xFE0F), NAME_EMPTY);
  }
}

/* Joiners and selectors stand where a script needs them. */
static void allows_what_scripts_need(void) {
  static const char turned[] = {'r', '\xe2', '\x80', '\xae', 'v', '\xc2', '\xad'};
  for (uint32_t joiner = 0x200C; joiner <= 0x200D; joiner++) {
    CU_ASSERT_EQUAL(check_three(0x645, joiner, 0x62E), NAME_GOOD);     /* Persian */
    CU_ASSERT_EQUAL(check_three(0x94D, joiner, 0x937), NAME_GOOD);     /* Devanagari */
    CU_ASSERT_EQUAL(check_three(0x1F469, joiner, 0x1F4BB), NAME_GOOD); /* emoji */
    CU_ASSERT_EQUAL(check_three('r', joiner, 'v'), NAME_HIDDEN);
    CU_ASSERT_EQUAL(check_three(0xE9, joiner, 0xE9), NAME_HIDDEN);
    CU_ASSERT_EQUAL(check_three('r', joiner, 0x62E), NAME_HIDDEN);
    CU_ASSERT_EQUAL(check_three(0x645, joiner, 'v'), NAME_HIDDEN);
    CU_ASSERT_EQUAL(check_three(0x645, joiner, joiner), NAME_EDGE);
    CU_ASSERT_EQUAL(check_three(joiner, 0x645, 0x62E), NAME_EDGE);
  }
  CU_ASSERT_EQUAL(check_three('x', 0x2764, 0xFE0F), NAME_GOOD);
  CU_ASSERT_EQUAL(check_three(0x2764, 0xFE0F, 'x'), NAME_GOOD);
  CU_ASSERT_EQUAL(check_three(0x845B, 0xE0100, 0x57CE), NAME_GOOD); /* a Japanese place */
  CU_ASSERT_EQUAL(check_three('1', 0xFE0F, 0x20E3), NAME_GOOD);     /* a keycap */
  CU_ASSERT_EQUAL(check_three('r', 'v', 0xFE0F), NAME_HIDDEN);
  CU_ASSERT_EQUAL(check_three('r', 0xFE0F, 'v'), NAME_HIDDEN);
  CU_ASSERT_EQUAL(check_three(0xFE0F, 'r', 'v'), NAME_EDGE);
  CU_ASSERT_EQUAL(check_three(0x182A, 0x180B, 0x1820), NAME_GOOD); /* Mongolian */
  CU_ASSERT_EQUAL(hidden_of_three(0x2003, 0x200D, 0x645), 0x200D); /* beside an em space */
  CU_ASSERT_EQUAL(hidden_of_three(0x645, 0x200D, 0x2003), 0x200D);
  CU_ASSERT_EQUAL(hidden_of_three(0x645, 0x200D, 0x200B), 0x200D);
  CU_ASSERT_EQUAL(hidden_of_three(0x845B, 0xE0200, 0x57CE), 0xE0200); /* after the selectors */
  CU_ASSERT_EQUAL(hidden_of_three(0x645, 0x200D, 0xE0200), 0x200D);
  CU_ASSERT_EQUAL(hidden_of_three(0x2003, 0xFE0F, 'x'), 0xFE0F);
  CU_ASSERT_EQUAL(hidden_of_three(' ', 0xFE0F, 0x20E3), 0xFE0F);
  CU_ASSERT_EQUAL(hidden_of_three('x', 0x845B, 0xE0100), 0);
  CU_ASSERT_EQUAL(hidden_of_three(0x645, 0x200D, 0xFE0F), 0xFE0F);
  CU_ASSERT_EQUAL(hidden_of_three(0x2764, 0xFE0F, 0xFE0F), 0);
  CU_ASSERT_EQUAL(name_find_hidden(turned, sizeof(turned)), 0x202E);
  CU_ASSERT_EQUAL(name_find_hidden(TEXT("rv")), 0);
}

/* Words of eight bytes and what is left of one: the same answer at every position. */
static void checks_every_position(void) {
  for (size_t n = 2; n <= 40; n++) {
    for (size_t i = 0; i < n; i++) {
      bool end = i == 0 || i == n - 1;
      CU_ASSERT_EQUAL(check_at(n, i, TEXT(" ")), end ? NAME_EDGE : NAME_GOOD);
      CU_ASSERT_EQUAL(check_at(n, i, TEXT("\r")), end ? NAME_EDGE : NAME_CONTROL);
      CU_ASSERT_EQUAL(check_at(n, i, TEXT("\0")), NAME_CONTROL);
      CU_ASSERT_EQUAL(check_at(n, i, TEXT("\x1f")), NAME_CONTROL);
      CU_ASSERT_EQUAL(check_at(n, i, TEXT("\x7f")), NAME_CONTROL);
      CU_ASSERT_EQUAL(check_at(n, i, TEXT("\x80")), NAME_INVALID);
      CU_ASSERT_EQUAL(check_at(n, i, TEXT("\xff")), NAME_INVALID);
      CU_ASSERT_EQUAL(check_at(n, i, TEXT("~")), NAME_GOOD);
      CU_ASSERT_EQUAL(check_at(n, i, TEXT("!")), NAME_GOOD);
    }
  }
}

static void sees_blanks_and_controls(void) {
  static const uint32_t blanks[] = {'\t',   '\r',   ' ',    0x85,   0xA0,   0x1680, 0x180E, 0x2000,
                                    0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x2800, 0x3000};
  static const uint32_t others[] = {0,      8,      0x0E,   '!',    'x',    0xA1,
                                    0x1681, 0x1FFF, 0x2010, 0x3001, 0xFF00, 0x1F3D7};
  for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
    CU_ASSERT(utf8_is_blank(blanks[i]));
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
    CU_ASSERT_FALSE(utf8_is_blank(others[i]));
    CU_ASSERT_FALSE(utf8_is_hidden(others[i]));
  }
  for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++) {
    CU_ASSERT(utf8_is_hidden(unseen[i]));
    CU_ASSERT_FALSE(utf8_is_blank(unseen[i]));
  }
  CU_ASSERT(utf8_is_control(0) && utf8_is_control(0x1F) && utf8_is_control(0x7F) &&
            utf8_is_control(0x9F));
  CU_ASSERT_FALSE(utf8_is_control(' ') || utf8_is_control('~') || utf8_is_control(0xA0));
}

static void knows_integers_that_were_floats(void) {
  static const char *const floated[] = {
      "1.8446744073709552e+19", "9.007199254740993E15", "1e+05", "-1.0e+16", "+12E+3", "1.e5"};
  static const char *const others[] = {"",
                                       "e+19",
                                       "1e5",
                                       "7E12",
                                       "1e-05",
                                       "1.5e-3",
                                       "1.5",
                                       "123",
                                       "1.2.3",
                                       "1e+",
                                       "1.5e",
                                       "1e+5x",
                                       "x1e+5",
                                       "1e",
                                       "-",
                                       "1.5f+3",
                                       "18446744073709551615",
                                       "order-1e5",
                                       "v1.5",
                                       "0x1F",
                                       "2025-01-01"};
  for (size_t i = 0; i < sizeof(floated) / sizeof(floated[0]); i++) {
    CU_ASSERT(name_was_floated(floated[i], strlen(floated[i])));
  }
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
    CU_ASSERT_FALSE(name_was_floated(others[i], strlen(others[i])));
  }
}

static void measures_distance(void) {
  char longer[100];
  memset(longer, 'x', sizeof(longer));
  CU_ASSERT_EQUAL(name_distance(TEXT("model-derivate"), TEXT("Model-derivative")), 2);
  CU_ASSERT_EQUAL(name_distance(TEXT(""), TEXT("abc")), 3);
  CU_ASSERT_EQUAL(name_distance(TEXT("abc"), TEXT("")), 3);
  CU_ASSERT_EQUAL(name_distance(TEXT("kitten"), TEXT("sitting")), 3);
  CU_ASSERT_EQUAL(name_distance(longer, 100, longer, 100), 0);
}

static const struct unit_test tests[] = {
    {"measures distance", measures_distance},
    {"reads characters", reads_characters},
    {"refuses what is no character", refuses_what_is_no_character},
    {"checks names", checks_names},
    {"checks every position", checks_every_position},
    {"refuses what is not seen", refuses_what_is_not_seen},
    {"allows what scripts need", allows_what_scripts_need},
    {"sees blanks and controls", sees_blanks_and_controls},
    {"knows integers that were floats", knows_integers_that_were_floats},
    {NULL, NULL},
};
const struct unit_suite suite_utf8 = {"utf8", tests};
