#include "core/utf8.h"

#include <string.h>

#define LAST_CHARACTER 0x10FFFFU

/*
** How many bytes a character has is in its first one; `least` is the smallest character of that
** length.
*/
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

/* A list, as C has no tables of Unicode. U+180E was White_Space until Unicode 6.3. */
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

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* A byte below ' ' borrows, DEL carries, one above it has the high bit already. */
static bool has_other(uint64_t word) {
  return ((word - EACH_BYTE(' ')) | (word + EACH_BYTE(1)) | word) & EACH_BYTE(0x80);
}

/*
** Printable ASCII with no blank at an end, which most names are: eight bytes at a time, the last
** ones again.
*/
static bool is_plain(const char *text, size_t n) {
  uint64_t word = EACH_BYTE('x');
  if (text[0] == ' ' || text[n - 1] == ' ') return false;
  if (n < sizeof(word)) {
    for (size_t i = 0; i < n; i++) word = word << 8 | (unsigned char)text[i];
    return !has_other(word);
  }
  for (size_t i = 0; i + sizeof(word) < n; i += sizeof(word)) {
    memcpy(&word, text + i, sizeof(word));
    if (has_other(word)) return false;
  }
  memcpy(&word, text + n - sizeof(word), sizeof(word));
  return !has_other(word);
}

/*
** One walk finds every fault; which one is named is decided at the end, by their order in utf8.h.
*/
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

/* Spreadsheets write long integers this way, and then several ids read as one. */
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

#define DISTANCE_MAX 64

static char lower(char byte) {
  if (byte >= 'A' && byte <= 'Z') return (char)(byte - 'A' + 'a');
  return byte;
}

static int least(int a, int b) {
  return a < b ? a : b;
}

/*
** One row of the table is enough: each cell needs its left, upper and diagonal neighbour. Ids of
** any length come here, so both are cut: a suggestion needs no more.
*/
int name_distance(const char *a, size_t a_size, const char *b, size_t b_size) {
  int row[DISTANCE_MAX + 1];
  if (a_size > DISTANCE_MAX) a_size = DISTANCE_MAX;
  if (b_size > DISTANCE_MAX) b_size = DISTANCE_MAX;
  for (size_t j = 0; j <= b_size; j++) row[j] = (int)j;
  for (size_t i = 1; i <= a_size; i++) {
    int diagonal = row[0];
    row[0] = (int)i;
    for (size_t j = 1; j <= b_size; j++) {
      int changed = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
      diagonal = row[j];
      row[j] = least(changed, least(row[j], row[j - 1]) + 1);
    }
  }
  return row[b_size];
}
