#include "core/utf8.h"

#include <string.h>

#define LAST_CHARACTER 0x10FFFFU

/* The bytes after the first one, and what the first one and the character are at least. */
static const struct form {
  unsigned char mask, lead;
  int tail;
  uint32_t least;
} forms[] = {
    {0x80, 0x00, 0, 0},
    {0xE0, 0xC0, 1, 0x80},
    {0xF0, 0xE0, 2, 0x800},
    {0xF8, 0xF0, 3, 0x10000},
};

static const struct form *form_of(unsigned char first) {
  for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
    if ((first & forms[i].mask) == forms[i].lead) return &forms[i];
  }
  return NULL;
}

uint32_t utf8_next(const char *text, size_t n, size_t *taken) {
  const unsigned char *bytes = (const unsigned char *)text;
  const struct form *form = form_of(bytes[0]);
  *taken = 1;
  if (!form || (size_t)form->tail >= n) return UTF8_INVALID;
  uint32_t character = bytes[0] & (unsigned char)~form->mask;
  for (int i = 1; i <= form->tail; i++) {
    if ((bytes[i] & 0xC0) != 0x80) return UTF8_INVALID;
    character = character << 6 | (bytes[i] & 0x3F);
  }
  if (character < form->least || character > LAST_CHARACTER) return UTF8_INVALID;
  if (character >= 0xD800 && character <= 0xDFFF) return UTF8_INVALID;
  *taken = (size_t)form->tail + 1;
  return character;
}

bool utf8_is_control(uint32_t character) {
  return character < ' ' || (character >= 0x7F && character <= 0x9F);
}

bool utf8_is_blank(uint32_t character) {
  static const struct {
    uint32_t first, last;
  } blanks[] = {
      {'\t', '\r'},     {' ', ' '},       {0x85, 0x85},     {0xA0, 0xA0},
      {0x1680, 0x1680}, {0x180E, 0x180E}, {0x2000, 0x200F}, {0x2028, 0x2029},
      {0x202F, 0x202F}, {0x205F, 0x2060}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF},
  };
  for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
    if (character >= blanks[i].first && character <= blanks[i].last) return true;
  }
  return false;
}

/* Printable ASCII without a blank, DEL and above is not: eight bytes at a time. */
static bool is_plain(const char *text, size_t n) {
  const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    uint64_t word;
    memcpy(&word, text + i, 8);
    /* A byte below 0x21 borrows, one above 0x7E carries, one above 0x7F has the bit already. */
    if (((word - ones * 0x21) | (word + ones) | word) & high) return false;
  }
  for (; i < n; i++) {
    if (text[i] <= ' ' || text[i] > '~') return false;
  }
  return true;
}

static enum name_fault check_characters(const char *text, size_t n) {
  bool control = false, first = false, last = false, all = true;
  size_t taken;
  for (size_t i = 0; i < n; i += taken) {
    uint32_t character = utf8_next(text + i, n - i, &taken);
    if (character == UTF8_INVALID) return NAME_INVALID;
    last = utf8_is_blank(character);
    first = first || (last && i == 0);
    all = all && last;
    control = control || utf8_is_control(character);
  }
  if (all) return NAME_EMPTY;
  if (first || last) return NAME_EDGE;
  return control ? NAME_CONTROL : NAME_GOOD;
}

enum name_fault name_check(const char *text, size_t n) {
  return n > 0 && is_plain(text, n) ? NAME_GOOD : check_characters(text, n);
}

static size_t digits(const char *text, size_t n) {
  size_t i = 0;
  while (i < n && text[i] >= '0' && text[i] <= '9') i++;
  return i;
}

static size_t sign(const char *text, size_t n) {
  return n > 0 && (text[0] == '+' || text[0] == '-');
}

bool name_was_floated(const char *text, size_t n) {
  size_t i = sign(text, n), whole = digits(text + i, n - i);
  i += whole;
  bool point = i < n && text[i] == '.';
  if (point) i += 1 + digits(text + i + 1, n - i - 1);
  if (whole == 0 || i == n || (text[i] != 'e' && text[i] != 'E')) return false;
  i++;
  bool plus = i < n && text[i] == '+';
  i += plus;
  return (point || plus) && i < n && i + digits(text + i, n - i) == n;
}
