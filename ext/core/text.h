/*
** Text by length: not NUL-terminated, may hold any byte.
*/
#ifndef BILLING_CORE_TEXT_H
#define BILLING_CORE_TEXT_H

#include <stdbool.h>
#include <string.h>

struct text {
  const char *bytes;
  int size; /* -1: NULL */
};

/* The same bytes; NULL equals NULL. */
static inline bool text_equal(struct text a, struct text b) {
  return a.size == b.size && (a.size <= 0 || memcmp(a.bytes, b.bytes, (size_t)a.size) == 0);
}

/* Below 0, 0 or above 0, without regard to ASCII case: how names are looked up. Neither is NULL. */
int text_compare_names(struct text a, struct text b);

#endif
