#include <stdlib.h>
#include <string.h>

#include "fault.h"

void text_add(struct text *text, const char *bytes) {
  size_t size = strlen(bytes);
  if (text->size + size + 1 > text->room) {
    text->room = 2 * (text->size + size + 1);
    text->bytes = realloc(text->bytes, text->room);
    if (!text->bytes) stop("text", "out of memory");
  }
  memcpy(text->bytes + text->size, bytes, size + 1);
  text->size += size;
}

void text_free(struct text *text) {
  free(text->bytes);
  memset(text, 0, sizeof(*text));
}

bool text_same(const struct text *a, const struct text *b) {
  return a->size == b->size && (a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
}

static int line_size(const char *line) {
  return (int)strcspn(line, "\n");
}

void text_tell_difference(const char *what, const struct text *wanted, const struct text *found) {
  const char *a = wanted->bytes ? wanted->bytes : "", *b = found->bytes ? found->bytes : "";
  while (*a && *b && line_size(a) == line_size(b) && !strncmp(a, b, (size_t)line_size(a))) {
    a += line_size(a) + (a[line_size(a)] != 0);
    b += line_size(b) + (b[line_size(b)] != 0);
  }
  test_complain("%s differs: '%.*s' in place of '%.*s'", what, line_size(b), b, line_size(a), a);
}
