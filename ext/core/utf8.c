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

/* Lists, as C has no tables of Unicode. */
struct range {
  uint32_t first, last;
};

static bool is_in(const struct range *ranges, size_t count, uint32_t character) {
  for (size_t i = 0; i < count && ranges[i].first <= character; i++) {
    if (character <= ranges[i].last) return true;
  }
  return false;
}

/* U+180E was White_Space until Unicode 6.3; U+2800 is a Braille pattern without dots. */
bool utf8_is_blank(uint32_t character) {
  static const struct range blanks[] = {
      {'\t', '\r'},     {' ', ' '},       {0x85, 0x85},     {0xA0, 0xA0},
      {0x1680, 0x1680}, {0x180E, 0x180E}, {0x2000, 0x200A}, {0x2028, 0x2029},
      {0x202F, 0x202F}, {0x205F, 0x205F}, {0x2800, 0x2800}, {0x3000, 0x3000},
  };
  return is_in(blanks, sizeof(blanks) / sizeof(blanks[0]), character);
}

static bool is_joiner(uint32_t character) {
  return character == 0x200C || character == 0x200D;
}

static bool is_variation(uint32_t character) {
  return (character >= 0xFE00 && character <= 0xFE0F) ||
         (character >= 0xE0100 && character <= 0xE01EF);
}

/*
** Those of Default_Ignorable_Code_Point and Format that no word of a script has inside: not the
** selectors of Mongolian, and not the signs of Arabic and Syriac numbers, which are drawn.
*/
bool utf8_is_hidden(uint32_t character) {
  static const struct range hidden[] = {
      {0xAD, 0xAD},     {0x34F, 0x34F},     {0x61C, 0x61C},     {0x115F, 0x1160},
      {0x17B4, 0x17B5}, {0x200B, 0x200F},   {0x202A, 0x202E},   {0x2060, 0x206F},
      {0x3164, 0x3164}, {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
      {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
  };
  return character >= 0xAD && is_in(hidden, sizeof(hidden) / sizeof(hidden[0]), character);
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

#define FIRST_JOINED 0x590U /* scripts before it do not join their letters */
#define FIRST_VARIED 0xA9U
#define KEYCAP 0x20E3U

/* Of a character from FIRST_VARIED on: control characters come before it. */
static bool is_drawn(uint32_t character) {
  return !utf8_is_blank(character) && (!utf8_is_hidden(character) || is_variation(character));
}

/* 0: there is no character on that side. */
static bool may_stand(uint32_t before, uint32_t character, uint32_t after) {
  if (is_joiner(character)) {
    return before >= FIRST_JOINED && after >= FIRST_JOINED && is_drawn(before) && is_drawn(after);
  }
  if (!is_variation(character)) return false;
  return (before >= FIRST_VARIED && is_drawn(before)) || (before > ' ' && after == KEYCAP);
}

uint32_t name_find_hidden(const char *text, size_t n) {
  uint32_t before = 0;
  size_t taken, next;
  for (size_t i = 0; i < n; i += taken) {
    uint32_t character = utf8_next(text + i, n - i, &taken), after = 0;
    if (utf8_is_hidden(character)) {
      if (i + taken < n) after = utf8_next(text + i + taken, n - i - taken, &next);
      if (!may_stand(before, character, after)) return character;
    }
    before = character;
  }
  return 0;
}

/* Is nothing seen where a name begins or ends? A variation selector belongs to what it follows. */
static bool is_open_end(uint32_t character, bool at_begin) {
  if (utf8_is_blank(character)) return true;
  return utf8_is_hidden(character) && (at_begin || !is_variation(character));
}

/*
** One walk finds every fault; which one is named is decided at the end, by their order in utf8.h.
*/
static enum name_fault check_characters(const char *text, size_t n) {
  bool control = false, first = false, last = false, all = true, hidden = false;
  size_t taken;
  for (size_t i = 0; i < n; i += taken) {
    uint32_t character = utf8_next(text + i, n - i, &taken);
    if (character == UTF8_INVALID) return NAME_INVALID;
    last = is_open_end(character, i == 0);
    first = first || (last && i == 0);
    all = all && (last || utf8_is_hidden(character));
    control = control || utf8_is_control(character);
    hidden = hidden || utf8_is_hidden(character);
  }
  if (all) return NAME_EMPTY;
  if (first || last) return NAME_EDGE;
  if (control) return NAME_CONTROL;
  return hidden && name_find_hidden(text, n) ? NAME_HIDDEN : NAME_GOOD;
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
